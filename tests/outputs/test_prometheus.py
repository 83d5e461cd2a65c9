# SPDX-License-Identifier: MIT
"""write_prometheus, scraped by Prometheus and read back in PromQL."""

import time

import pytest

from collectd_daemon import wait_for
from judgements import ALL_NAMES, HOST, NAMES, judgements, same, wait_for_flags
from machine import LiveMachine
from servers import Prometheus, configuration, free_port


@pytest.fixture(scope="module")
def daemon(module_collectd, run_server):
    """Two hosts, of which one has an incident; `prometheus` scrapes them."""
    port = free_port()
    daemon = module_collectd(
        plugins=configuration("outputs/anomaly.conf")
        + configuration("outputs/prometheus/collectd.conf", {"9103": port}),
        interval=0.1,
    ).start()
    daemon.prometheus = run_server(Prometheus, configuration("outputs/prometheus/prometheus.yml", {"9103": port}))
    machines = [LiveMachine(daemon, HOST), LiveMachine(daemon, "web-2")]
    incident = time.time()
    machines[0].incident = {"cpu": 95, "errors": 50}
    wait_for_flags(daemon, incident)
    yield daemon
    for machine in machines:
        machine.end()


@pytest.fixture(scope="module")
def prometheus(daemon):
    flagged = f'collectd_anomaly_bool{{instance="{HOST}",type="flagged"}} == 1'
    wait_for(lambda: daemon.prometheus.query(flagged), "a scrape of a flagged interval")
    return daemon.prometheus


def selector(name):
    kind, _, instance = name.partition("-")
    return f'collectd_anomaly_{kind}{{instance="{HOST}",anomaly="system",type="{instance}"}}'


@pytest.mark.parametrize("name", NAMES)
def test_values(daemon, prometheus, name):
    """Each sample has the time of the interval that it is of."""
    (series,) = prometheus.query(selector(name) + "[5m]")
    numbers = {round(second): float(text) for second, text in series["values"]}
    assert numbers
    wait_for(lambda: max(judgements(daemon)["gauge-score"]) >= max(numbers), "the database")
    expected = judgements(daemon)[name]
    for second, number in numbers.items():
        # of an unflagged interval the shares are not in the database
        assert name.startswith("percent") or second in expected
        assert same(number, expected.get(second, number))
    assert set(numbers) & set(expected)


def test_notifications_are_not_exposed(daemon, prometheus):
    assert [n for n in daemon.notifications() if n.host == HOST]
    series = prometheus.query(f'{{job="collectd",anomaly="system",instance="{HOST}"}}')
    # total_events is a counter, and so has _total for a suffix
    names = {
        series["metric"]["__name__"].removeprefix("collectd_anomaly_") + "-" + series["metric"]["type"]
        for series in series
    }
    assert names == {name.replace("total_events-", "total_events_total-") for name in ALL_NAMES}
