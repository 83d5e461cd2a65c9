# SPDX-License-Identifier: MIT
"""A collectd that is stopped or killed goes on where it was."""

import signal
import time

import pytest

from collectd_app import App, app_daemon, severities
from collectd_daemon import wait_for

SIMULATE = "<Simulate>\nHosts 2\nBackfill 7200\n</Simulate>"


def assert_database_is_sound(daemon):
    assert daemon.value("PRAGMA integrity_check") == "ok"
    assert daemon.query("SELECT host, ts FROM samples_system GROUP BY host, ts HAVING count(*) > 1") == []
    assert (
        daemon.query("SELECT host FROM runs WHERE ended_at IS NULL GROUP BY host, detector HAVING count(*) > 1")
        == []
    )


def test_no_second_warm_up(collectd):
    daemon = app_daemon(collectd).start()
    app = App(daemon).live(1800).wait()
    assert daemon.stop() == 0
    assert daemon.value("SELECT count(*) FROM models WHERE host = 'web-1' AND detector = 'app'") == 1
    # everything that had come was kept, the last frame too
    stopped = daemon.samples("web-1", "app")[-1]["ts"]

    daemon.start()
    app.live(60).wait()
    rows = [row for row in daemon.samples("web-1", "app") if row["ts"] > stopped]
    assert len(rows) >= 50
    assert all(row["score"] is not None and row["threshold"] is not None for row in rows)

    start = app.time
    app.live(10, latency=500).wait()
    wait_for(lambda: daemon.query("SELECT * FROM runs WHERE started_at >= ?", start * 1000), "a run")


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGKILL])
def test_an_open_run_goes_on(collectd, sig):
    daemon = app_daemon(collectd).start()
    app = App(daemon).live(1800).wait()
    # what a model has learned may be lost to SIGKILL, as far as it is not saved
    daemon.command("FLUSH plugin=anomaly")
    wait_for(lambda: daemon.value("SELECT count(*) FROM models"), "a saved model")
    app.live(3, latency=500).wait()
    opened = wait_for(lambda: daemon.value("SELECT id FROM runs WHERE ended_at IS NULL"), "an open run")
    before = daemon.value("SELECT count(*) FROM runs")
    flagged = daemon.value("SELECT anomalies_found FROM runs WHERE id = ?", opened)
    daemon.stop(sig)
    assert daemon.value("SELECT id FROM runs WHERE ended_at IS NULL") == opened

    daemon.start()
    app.live(3, latency=500).live(600).wait()
    run = wait_for(
        lambda: daemon.query("SELECT * FROM runs WHERE id = ? AND ended_at IS NOT NULL", opened),
        "the end of the run",
    )[0]
    assert run["anomalies_found"] > flagged
    assert severities(daemon)[: 2 * before] == ["opening", "OKAY"] * before


def test_a_run_left_open_by_a_host_that_is_gone(collectd):
    daemon = app_daemon(collectd).start()
    app = App(daemon).live(1800).wait()
    app.live(3, latency=500).wait()
    wait_for(lambda: daemon.value("SELECT id FROM runs WHERE ended_at IS NULL"), "an open run")
    daemon.stop(signal.SIGKILL)
    daemon.start()
    daemon.wait_for_log("models? restored")
    # open still, or closed: but there, and not twice
    runs = daemon.query("SELECT * FROM runs WHERE host = 'web-1' ORDER BY id")
    assert sum(run["ended_at"] is None for run in runs) <= 1
    openings = severities(daemon).count("opening")
    assert openings == len(runs)


def test_a_stopped_backfill_goes_on(collectd):
    daemon = collectd(anomaly=SIMULATE).start()
    daemon.wait_for_samples("sim-1", 1000)
    assert daemon.stop() == 0
    assert_database_is_sound(daemon)
    first = daemon.value("SELECT min(ts) FROM samples_system")
    daemon.start()
    daemon.wait_for_samples("sim-1", 7200, deadline=300)
    assert daemon.stop() == 0
    assert_database_is_sound(daemon)
    # older history than there was is not made up
    assert daemon.value("SELECT min(ts) FROM samples_system") == first


def test_killed_again_and_again(collectd):
    daemon = collectd(anomaly=SIMULATE)
    for count in (500, 2000, 5000):
        daemon.start()
        daemon.wait_for_samples("sim-2", count, deadline=300)
        daemon.stop(signal.SIGKILL)
        assert_database_is_sound(daemon)
    daemon.start()
    last = time.time() * 1000
    wait_for(
        lambda: (daemon.value("SELECT max(ts) FROM samples_system WHERE host = 'sim-2'") or 0) > last,
        "live samples",
        deadline=300,
    )
    assert daemon.stop() == 0
    assert_database_is_sound(daemon)
    # each flagged sample belongs to a run, whatever was lost in between
    assert (
        daemon.query(
            "SELECT a.ts FROM anomalies a LEFT JOIN runs r ON r.id = a.run_id WHERE r.id IS NULL"
        )
        == []
    )


def test_a_damaged_model_is_relearned(collectd):
    daemon = app_daemon(collectd).start()
    app = App(daemon).live(1200).wait()
    assert daemon.stop() == 0
    daemon.execute("UPDATE models SET image = substr(image, 1, length(image) - 8)")

    daemon.start()
    app.live(60).wait()
    daemon.wait_for_log("anomaly plugin: the saved model of .*app.* is not used")
    app.live(1200).wait()
    assert daemon.samples("web-1", "app")[-2]["score"] is not None
