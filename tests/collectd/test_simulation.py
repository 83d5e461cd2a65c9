# SPDX-License-Identifier: MIT
"""Three made-up hosts with two hours of history: what is judged, kept, told
and handed on. One daemon serves all of these tests."""

import itertools
import json
import math
import re
import urllib.request

import pytest

from collectd_daemon import csv_values, wait_for

HOSTS = ["sim-1", "sim-2", "sim-3"]
BACKFILL = 7200
FEATURES = {"cpu", "memory", "disk", "network", "errors"}


@pytest.fixture(scope="module")
def daemon(module_collectd, receiver, tcp_port):
    daemon = module_collectd(
        anomaly=f"<Simulate>\nHosts {len(HOSTS)}\nBackfill {BACKFILL}\n</Simulate>",
        plugins=f"""
LoadPlugin csv
<Plugin csv>
  DataDir "@DIR@/csv"
</Plugin>
LoadPlugin write_http
<Plugin write_http>
  <Node "values">
    URL "{receiver.url}/values"
    Format "JSON"
    BufferSize 65536
  </Node>
  <Node "notifications">
    URL "{receiver.url}/notifications"
    Format "JSON"
    Metrics false
    Notifications true
  </Node>
</Plugin>
LoadPlugin write_prometheus
<Plugin write_prometheus>
  Host "127.0.0.1"
  Port "{tcp_port}"
</Plugin>

# what the simulator emits is for the plugin alone: it would be the bulk
LoadPlugin match_regex
<Chain "PostCache">
  <Rule "judgements">
    <Match "regex">
      Plugin "^anomaly$"
    </Match>
    Target "write"
    Target "stop"
  </Rule>
  <Target "write">
    Plugin "anomaly"
  </Target>
</Chain>
""",
    ).start()
    for host in HOSTS:
        # some hundred intervals of a host at a time
        daemon.wait_for_samples(host, BACKFILL, deadline=300)
    return daemon


@pytest.mark.parametrize("host", HOSTS)
def test_every_interval_of_the_history_is_judged_once(daemon, host):
    seconds = [row["ts"] // 1000 for row in daemon.samples(host)]
    assert len(seconds) == len(set(seconds))
    # one after the other; a drop-out of the host may leave some out
    gaps = [b - a for a, b in zip(seconds, seconds[1:])]
    assert min(gaps) == 1
    assert gaps.count(1) > 0.9 * len(gaps)


@pytest.mark.parametrize("host", HOSTS)
def test_samples_are_plausible(daemon, host):
    rows = daemon.samples(host)
    for row in rows:
        for name in ("cpu", "memory", "disk"):
            assert row[name] is None or 0 <= row[name] <= 100
        for name in ("network", "errors"):
            assert row[name] is None or row[name] >= 0
        for name in ("score", "threshold"):
            assert row[name] is None or 0 <= row[name] <= 1
        assert row["flagged"] in (0, 1)
    for name in FEATURES:
        assert sum(row[name] is not None for row in rows) > 0.9 * len(rows)


@pytest.mark.parametrize("host", HOSTS)
def test_nothing_is_flagged_during_the_warm_up(daemon, host):
    rows = daemon.samples(host)
    warm = rows[0]["ts"] + 900 * 1000
    assert sum(row["flagged"] for row in rows if row["ts"] < warm) == 0
    for row in rows:
        if row["ts"] >= warm:
            assert row["score"] is not None and row["threshold"] is not None


def test_the_incidents_become_runs(daemon):
    runs = daemon.query("SELECT * FROM runs WHERE ended_at IS NOT NULL")
    assert runs
    for run in runs:
        assert run["source"] == "live"
        assert run["host"] in HOSTS
        assert run["detector"] == "system"
        assert run["verdict"] is None
        assert run["started_at"] <= run["peak_at"] <= run["ended_at"]
        assert 1 <= run["anomalies_found"] <= run["total_points"]
        assert 0 < run["peak_score"] <= 1


def test_anomalies_are_the_flagged_samples_of_their_runs(daemon):
    for run in daemon.query("SELECT * FROM runs WHERE ended_at IS NOT NULL"):
        anomalies = daemon.query("SELECT * FROM anomalies WHERE run_id = ? ORDER BY ts", run["id"])
        flagged = daemon.query(
            "SELECT * FROM samples_system WHERE host = ? AND flagged AND ts BETWEEN ? AND ? ORDER BY ts",
            run["host"],
            run["started_at"],
            run["ended_at"],
        )
        assert [a["ts"] for a in anomalies] == [s["ts"] for s in flagged]
        assert [a["score"] for a in anomalies] == [s["score"] for s in flagged]
        assert len(anomalies) == run["anomalies_found"]
        assert max(a["score"] for a in anomalies) == run["peak_score"]


def test_suspects_are_ranked_and_share_the_blame(daemon):
    anomalies = daemon.query("SELECT * FROM anomalies")
    assert anomalies
    for anomaly in anomalies:
        suspects = json.loads(anomaly["suspects"])
        shares = [s["share"] for s in suspects]
        assert set(suspects[0]) == {"feature", "share", "value", "low", "high"}
        assert {s["feature"] for s in suspects} <= FEATURES
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1, abs=0.01)
        assert anomaly["note"].startswith(suspects[0]["feature"])


def test_one_notification_when_a_run_opens_and_one_when_it_closes(daemon):
    def as_many_as_runs():
        opened = daemon.value("SELECT count(*) FROM runs")
        closed = daemon.value("SELECT count(*) FROM runs WHERE ended_at IS NOT NULL")
        severities = [n.severity == "OKAY" for n in daemon.notifications()]
        return opened and severities.count(False) == opened and severities.count(True) == closed

    wait_for(as_many_as_runs, "a notification for each run")
    for host in HOSTS:
        severities = [n.severity for n in daemon.notifications() if n.host == host]
        # opening and closing in turn
        for severity, expected in zip(severities, itertools.cycle([r"WARNING|FAILURE", "OKAY"])):
            assert re.fullmatch(expected, severity), severities


def test_notifications_name_the_suspect_and_fit(daemon):
    for notification in daemon.notifications():
        assert len(notification.message.encode()) <= 255
        if notification.severity != "OKAY":
            assert any(name in notification.message for name in FEATURES)


@pytest.mark.parametrize("host", HOSTS)
def test_values_are_dispatched_as_they_are_kept(daemon, host):
    kept = {row["ts"] // 1000: row for row in daemon.samples(host)}
    wait_for(
        lambda: len(csv_values(daemon, host, "gauge-score")) >= BACKFILL,
        "as many scores as samples",
    )
    for name, column in (
        ("gauge-score", "score"),
        ("gauge-threshold", "threshold"),
        ("bool-flagged", "flagged"),
    ):
        values = dict(csv_values(daemon, host, name))
        assert len(values) >= BACKFILL * 0.9
        both = [second for second in values if int(second) in kept]
        assert len(both) >= BACKFILL * 0.9
        for second in both:
            expected = kept[int(second)][column]
            if expected is None:
                assert math.isnan(values[second])
            else:
                assert values[second] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("host", HOSTS)
def test_flags_are_counted(daemon, host):
    totals = [value for _, value in csv_values(daemon, host, "total_events-flagged")]
    assert totals[0] == 0
    assert totals == sorted(totals)
    flags = dict(csv_values(daemon, host, "bool-flagged"))
    last = max(flags)
    total_then = dict(csv_values(daemon, host, "total_events-flagged"))[last]
    assert total_then == sum(flag for second, flag in flags.items() if second <= last)


@pytest.mark.parametrize("name", ["bool-warming_up", "bool-run_open", "gauge-false_alarms"])
def test_values_for_rules(daemon, name):
    for host in HOSTS:
        assert csv_values(daemon, host, name)


def test_warming_up_ends_once(daemon):
    for host in HOSTS:
        warming = [value for _, value in csv_values(daemon, host, "bool-warming_up")]
        assert warming[0] == 1 and warming[-1] == 0
        assert warming == sorted(warming, reverse=True)


def test_values_arrive_by_http(daemon, receiver):
    wait_for(lambda: receiver.received("/values"), "a post of values")
    names = {
        (v["host"], v["plugin_instance"], v["type"], v["type_instance"])
        for v in receiver.received("/values")
        if v["plugin"] == "anomaly"
    }
    for host in HOSTS:
        for kind in (
            ("gauge", "score"),
            ("gauge", "threshold"),
            ("bool", "flagged"),
            ("total_events", "flagged"),
        ):
            assert (host, "system", *kind) in names


def test_notifications_arrive_by_http(daemon, receiver):
    """Alertmanager's format: labels, and the meta data among annotations."""
    alerts = wait_for(lambda: receiver.received("/notifications"), "a post of a notification")
    openings = [a for a in alerts if a["labels"]["severity"] != "OKAY"]
    assert openings
    for alert in openings:
        assert alert["labels"]["instance"] in HOSTS
        assert {"score", "threshold", "run"} <= set(alert["annotations"])


def test_values_are_exposed_to_prometheus(daemon, tcp_port):
    def scrape():
        with urllib.request.urlopen(f"http://127.0.0.1:{tcp_port}/metrics") as page:
            return page.read().decode()

    for host in HOSTS:
        for kind in ("score", "threshold"):
            pattern = f'collectd_anomaly_gauge{{anomaly="system",type="{kind}",instance="{host}"}} 0\\.[0-9]+'
            wait_for(lambda: re.search(pattern, scrape()), pattern)


def test_the_hosts_go_on_living(daemon):
    before = daemon.value("SELECT max(ts) FROM samples_system")
    for host in HOSTS:
        wait_for(
            lambda: daemon.value("SELECT max(ts) FROM samples_system WHERE host = ?", host) > before + 2000,
            f"new samples of {host}",
        )
