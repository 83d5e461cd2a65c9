# SPDX-License-Identifier: MIT
"""write_prometheus, scraped by Prometheus and read back in PromQL."""

import math
import re
import time

import pytest

from collectd_daemon import wait_for
from dashboards import queries, substitute
from judgements import ALL_NAMES, HOST, NAMES, flagged_shares, judgements, same
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
    try:
        incident = time.time()
        machines[0].incident = {"cpu": 95, "errors": 50}
        wait_for(lambda: any(second > incident for second in flagged_shares(daemon)), "a flagged interval")
        yield daemon
    finally:
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


def ask(prometheus, text, item):
    """The numbers, or for a variable the words, that come back."""
    if "expr" not in item:
        metric, label = re.fullmatch(r"label_values\((.*), (\w+)\)", text).groups()
        return prometheus.api(f"label/{label}/values", **{"match[]": metric})
    now = time.time()
    if item.get("instant"):
        series = prometheus.query(text)
        pairs = [one["value"] for one in series]
    else:
        series = prometheus.api("query_range", query=text, start=now - 900, end=now, step=10)["result"]
        pairs = [pair for one in series for pair in one["values"]]
    return [number for number in (float(text) for _, text in pairs) if not math.isnan(number)]


@pytest.mark.parametrize("name, path, item", [pytest.param(*q, id=q[0]) for q in queries("prometheus")])
def test_the_dashboards_find_something(daemon, prometheus, name, path, item):
    builtin = {"__rate_interval": "1m", "__interval": "10s", "__range": "900s"}
    text = substitute(item.get("expr") or item["query"], path, HOST, **builtin)
    # a rate wants a second scrape
    wait_for(lambda: ask(prometheus, text, item), f"an answer to {text}")
