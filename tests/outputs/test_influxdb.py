# SPDX-License-Identifier: MIT
"""The network plugin into InfluxDB's collectd listener, read back in InfluxQL."""

import pytest

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
    series = influxdb.query(f"SELECT last(value) FROM anomaly_value WHERE host = '{HOST}' GROUP BY *")
    assert {f"{s['tags']['type']}-{s['tags']['type_instance']}" for s in series} == ALL_NAMES
