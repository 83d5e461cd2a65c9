# SPDX-License-Identifier: MIT
"""A detector of one's own, on values made for the purpose."""

import time

import pytest

from collectd_app import App, app_daemon, severities
from collectd_daemon import csv_values, wait_for

CSV = 'LoadPlugin csv\n<Plugin csv>\nDataDir "@DIR@/csv"\n</Plugin>\n'


def test_an_incident_is_one_run(collectd):
    daemon = app_daemon(collectd).start()
    app = App(daemon).live(3600).wait()
    # the budget allows for a false alarm now and then
    before = daemon.value("SELECT count(*) FROM runs")
    start = app.time
    app.live(30, latency=500).wait()
    runs = wait_for(
        lambda: daemon.query("SELECT * FROM runs WHERE started_at >= ?", start * 1000), "a run"
    )
    assert len(runs) == 1 and runs[0]["ended_at"] is None
    app.live(600).wait()
    run = wait_for(
        lambda: daemon.query("SELECT * FROM runs WHERE id = ? AND ended_at IS NOT NULL", runs[0]["id"]),
        "the end of the run",
    )[0]
    assert start * 1000 <= run["started_at"] <= (start + 2) * 1000
    assert run["ended_at"] >= (start + 25) * 1000
    note = daemon.value("SELECT note FROM anomalies WHERE run_id = ? ORDER BY score DESC", run["id"])
    assert note.startswith("latency") and "ms" in note
    assert severities(daemon)[: 2 * before + 2] == ["opening", "OKAY"] * (before + 1)


def test_values_out_of_order_make_the_same_frames(collectd):
    daemon = app_daemon(collectd).start()
    App(daemon).live(1800).wait()
    rows = daemon.samples("web-1", "app")
    assert all(row["latency"] is not None and row["users"] is not None for row in rows[:-1])
    assert [row["ts"] for row in rows] == sorted({row["ts"] for row in rows})
    assert len(rows) >= 1799


def test_features_are_reported_on_demand(collectd):
    daemon = app_daemon(collectd, options="ReportFeatures true", plugins=CSV).start()
    app = App(daemon).live(1800).wait()
    app.live(10, latency=500).wait()
    shares = {
        name: dict(
            wait_for(lambda: csv_values(daemon, "web-1", f"percent-{name}", "anomaly-app"), name)
        )
        for name in ("latency", "users")
    }
    both = set(shares["latency"]) & set(shares["users"])
    assert both
    for second in both:
        latency, users = shares["latency"][second], shares["users"][second]
        if latency == latency and latency + users > 0:
            assert latency + users == pytest.approx(100, abs=0.1)


def test_features_are_not_reported_by_default(collectd):
    daemon = app_daemon(collectd, plugins=CSV).start()
    App(daemon).live(900).wait()
    wait_for(lambda: csv_values(daemon, "web-1", "gauge-score", "anomaly-app"), "scores")
    assert list((daemon.csv_dir / "web-1" / "anomaly-app").glob("percent-*")) == []


def test_only_the_hosts_of_the_selector(collectd):
    daemon = app_daemon(collectd, options='Host "/^web-/"').start()
    daemon.put("db-1/app/gauge-latency", [(time.time() - 60 + i, 20) for i in range(60)])
    App(daemon, host="web-1").live(60).wait()
    assert {row["host"] for row in daemon.query("SELECT host FROM samples_app")} == {"web-1"}


def test_hits_delay_the_opening(collectd):
    daemon = app_daemon(collectd, options="Hits 8").start()
    app = App(daemon).live(3600).wait()
    assert daemon.query("SELECT * FROM runs") == []
    start = app.time
    app.live(5, latency=500).wait()
    assert daemon.query("SELECT * FROM samples_app WHERE flagged AND ts >= ?", start * 1000)
    assert daemon.query("SELECT * FROM runs") == []
    app.live(10, latency=500).wait()
    assert len(wait_for(lambda: daemon.query("SELECT * FROM runs"), "a run")) == 1


def test_the_threshold_plugin_works_on_the_score(collectd):
    daemon = app_daemon(
        collectd,
        plugins="""
LoadPlugin threshold
<Plugin threshold>
  <Plugin "anomaly">
    <Type "bool">
      Instance "flagged"
      FailureMax 0
    </Type>
  </Plugin>
</Plugin>
""",
    ).start()
    app = App(daemon).live(1800).wait()
    app.live(30, latency=500).wait()
    daemon.wait_for_log("severity = FAILURE, host = web-1, plugin = anomaly, .*instance flagged.*above")


def test_flush_saves_the_models(collectd):
    daemon = app_daemon(collectd).start()
    app = App(daemon).live(900).wait()
    daemon.command("FLUSH plugin=anomaly")
    # as of the last frame it has learned
    wait_for(
        lambda: (daemon.value("SELECT max(saved_at) FROM models WHERE host = 'web-1'") or 0)
        >= (app.time - 2) * 1000,
        "the model of web-1",
    )
