# SPDX-License-Identifier: MIT
"""A collectd that is killed at random moments, under load, with runs opening
and closing. ANOMALY_KILLS says how often (default: 10; `contrib/check --full':
200), ANOMALY_SEED repeats a sequence of moments as far as a machine can."""

import os
import random
import signal
import threading
import time

from collectd_app import App, app_daemon
from collectd_daemon import wait_for

KILLS = int(os.environ.get("ANOMALY_KILLS", 10))
HOSTS = ["web-1", "web-2", "web-3"]

# Seconds. What was told so long before the kill is known afterwards.
SETTLED = 0.5

NOTIFY = """
LoadPlugin write_http
<Plugin write_http>
  <Node "notifications">
    URL "%s/notifications"
    Format "JSON"
    Metrics false
    Notifications true
  </Node>
</Plugin>
"""


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


def told(receiver):
    """Runs that people have heard of, in the order of the notifications: pairs
    of the severity and the run's id."""
    return [
        ("OKAY" if alert["labels"]["severity"] == "OKAY" else "opening", int(alert["annotations"]["run"]))
        for alert in receiver.received("/notifications")
    ]


def opened(receiver):
    return {run for severity, run in told(receiver) if severity == "opening"}


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
        time.sleep(moments.uniform(0, 1))
        settled = opened(receiver)
        time.sleep(SETTLED)
        daemon.stop(signal.SIGKILL)
        for feeder in feeders:
            feeder.join()
        assert_sound(daemon)
        assert settled <= recorded(daemon)
        daemon.start()

    # a quiet while, and all is over
    for app in apps:
        app.live(600).wait()
    wait_for(lambda: daemon.query("SELECT id FROM runs WHERE ended_at IS NULL") == [], "the end of all runs")
    assert daemon.stop() == 0
    assert_sound(daemon)
    runs = recorded(daemon)
    print(f"{len(runs)} runs")
    assert len(runs) > KILLS / 2
    assert_no_okay_without_opening(receiver)
    # and nobody waits for an end in vain
    assert runs == {run for severity, run in told(receiver) if severity == "OKAY"}
    assert {a["labels"]["instance"] for a in receiver.received("/notifications")} == set(HOSTS)
