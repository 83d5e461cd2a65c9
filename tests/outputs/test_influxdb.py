# SPDX-License-Identifier: MIT
"""The network plugin into InfluxDB's collectd listener, read back in InfluxQL."""

import time

import pytest

from dashboards import queries, substitute
from judgements import ALL_NAMES, HOST, assert_reads_back, have_incident
from machine import Machine
from servers import InfluxDB, configuration


@pytest.fixture(scope="module")
def influxdb(run_server):
    return run_server(InfluxDB)


@pytest.fixture(scope="module")
def daemon(module_collectd, influxdb):
    """Two hosts, of which one has an incident."""
    daemon = module_collectd(
        plugins=configuration("outputs/anomaly.conf")
        + configuration("outputs/influxdb/collectd.conf", {"25826": influxdb.collectd_port}),
        interval=0.1,
    ).start()
    Machine(daemon, "web-2")
    have_incident(daemon)
    return daemon


def read(daemon, influxdb, name):
    # the plugin sends full packets, or what there is of one when told to
    daemon.command("FLUSH plugin=network")
    kind, _, instance = name.partition("-")
    series = influxdb.query(
        f"SELECT value FROM anomaly_value WHERE host = '{HOST}' AND instance = 'system' "
        f"AND type = '{kind}' AND type_instance = '{instance}'"
    )
    return dict(series[0]["values"]) if series else {}


def test_values(daemon, influxdb):
    assert_reads_back(daemon, lambda name: read(daemon, influxdb, name))


def test_notifications_are_not_stored(daemon, influxdb):
    """Although the network plugin sends them."""
    assert [n for n in daemon.notifications() if n.host == HOST]
    test_values(daemon, influxdb)
    series = influxdb.query(f"SELECT last(value) FROM anomaly_value WHERE host = '{HOST}' GROUP BY *")
    assert {f"{s['tags']['type']}-{s['tags']['type_instance']}" for s in series} == ALL_NAMES


@pytest.mark.parametrize("name, path, item", [pytest.param(*q, id=q[0]) for q in queries("influxdb")])
def test_the_dashboards_find_something(daemon, influxdb, name, path, item):
    test_values(daemon, influxdb)
    text = item["query"]
    if "type" in item:  # a variable
        statement = substitute(text, path, HOST)
    else:
        now = int(time.time() * 1000)
        statement = substitute(
            text,
            path,
            HOST,
            timeFilter=f"time >= {now - 6 * 3600 * 1000}ms and time <= {now}ms",
            __interval="20s",
        )
    series = influxdb.query(statement)
    numbers = [row[-1] for one in series for row in one["values"] if row[-1] is not None]
    assert numbers, statement
