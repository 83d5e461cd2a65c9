# SPDX-License-Identifier: MIT
"""A collectd that is killed at random moments, under load, with runs opening
and closing. ANOMALY_KILLS says how often (default: 10; `contrib/check --full':
200), ANOMALY_SEED repeats a sequence of moments as far as a machine can."""

import os
import random
import signal
import threading
import time

from collectd_app import NOTIFY, App, app_daemon, told
from collectd_daemon import wait_for

KILLS = int(os.environ.get("ANOMALY_KILLS", 10))
HOSTS = ["web-1", "web-2", "web-3"]


class Feeder(threading.Thread):
    """Incidents every now and then, until the daemon is dead."""

    def __init__(self, app, seed):
        super().__init__()
        self.app = app
        self.random = random.Random(seed)

    def run(self):
        try:
            while True:
                self.app.live(self.random.randint(5, 60))
                self.app.live(self.random.randint(1, 8), latency=500)
        except (OSError, AssertionError, ValueError):
            pass  # the socket is gone


def recorded(daemon):
    return {row["id"] for row in daemon.query("SELECT id FROM runs")}


def assert_sound(daemon):
    assert daemon.value("PRAGMA integrity_check") == "ok"
    assert (
        daemon.query("SELECT a.ts FROM anomalies a LEFT JOIN runs r ON r.id = a.run_id WHERE r.id IS NULL")
        == []
    )
    assert (
        daemon.query("SELECT host FROM runs WHERE ended_at IS NULL GROUP BY host, detector HAVING count(*) > 1")
        == []
    )


def assert_no_okay_without_opening(receiver):
    opened = set()
    for severity, run in told(receiver):
        if severity == "opening":
            opened.add(run)
        else:
            assert run in opened


def test_killed_at_random_moments(collectd, receiver):
    seed = os.environ.get("ANOMALY_SEED", str(time.time_ns()))
    print(f"ANOMALY_SEED={seed} ANOMALY_KILLS={KILLS}")
    moments = random.Random(seed)
    daemon = app_daemon(collectd, plugins=NOTIFY % receiver.url).start()
    apps = [App(daemon, host, behind=10 * 86400).live(1800).wait() for host in HOSTS]
    daemon.command("FLUSH plugin=anomaly")
    wait_for(lambda: daemon.value("SELECT count(*) FROM models") == len(HOSTS), "saved models")

    for kill in range(KILLS):
        feeders = [Feeder(app, f"{seed} {kill} {app.host}") for app in apps]
        for feeder in feeders:
            feeder.start()
        time.sleep(moments.uniform(0, 1.5))
        daemon.stop(signal.SIGKILL)
        for feeder in feeders:
            feeder.join()
        assert_sound(daemon)
        assert {run for _, run in told(receiver)} <= recorded(daemon)
        daemon.start()

    # a quiet while, and all is over
    for app in apps:
        app.live(600).wait()
    wait_for(lambda: daemon.query("SELECT id FROM runs WHERE ended_at IS NULL") == [], "the end of all runs")
    wait_for(lambda: daemon.query("SELECT id FROM untold") == [], "all notifications")
    assert daemon.stop() == 0
    assert_sound(daemon)
    runs = recorded(daemon)
    print(f"{len(runs)} runs")
    assert len(runs) > KILLS / 2
    assert_no_okay_without_opening(receiver)
    # nobody misses a run, or waits for an end in vain
    heard = told(receiver)
    assert set(heard) == {(severity, run) for run in runs for severity in ("opening", "OKAY")}
    # and no more comes again than what was being told at a kill
    print(f"{len(heard) - len(set(heard))} notifications came again")
    assert len(heard) - len(set(heard)) <= KILLS
    assert {a["labels"]["instance"] for a in receiver.received("/notifications")} == set(HOSTS)
