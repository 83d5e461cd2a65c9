# SPDX-License-Identifier: MIT
"""A model that somebody wants to be forgotten is learned anew, whether collectd
runs at that time or not."""

import time

from collectd_app import App, app_daemon, severities
from collectd_daemon import wait_for

FORGOTTEN = r'\[info\] anomaly plugin: the model of web-1 for the detector "app" has been forgotten on request'


def forget(daemon, host="web-1"):
    """As the dashboard does."""
    daemon.execute(f"INSERT INTO forget VALUES('{host}', 'app', {int(time.time() * 1000)})")


def warms_up(daemon, since):
    """Whether what came since was judged by a model that knows nothing yet."""
    rows = [row for row in daemon.samples("web-1", "app") if row["ts"] >= since]
    return rows and all(row["score"] is None for row in rows)


def test_while_collectd_runs(collectd):
    daemon = app_daemon(collectd).start()
    app = App(daemon).live(1800).live(5, latency=500).wait()
    wait_for(lambda: daemon.query("SELECT * FROM runs WHERE ended_at IS NULL"), "an open run")
    forget(daemon)
    forget(daemon, "web-2")  # nobody has heard of it
    daemon.command("FLUSH plugin=anomaly")  # rather than wait for the next look
    daemon.wait_for_log(FORGOTTEN)
    since = app.time * 1000
    app.live(40).wait()
    assert warms_up(daemon, since)
    # the run is over, and whoever was told of it is told so
    wait_for(lambda: daemon.query("SELECT * FROM runs WHERE ended_at IS NULL") == [], "the end of the run")
    assert severities(daemon)[-2:] == ["opening", "OKAY"]
    wait_for(lambda: daemon.query("SELECT * FROM forget WHERE host = 'web-1'") == [], "the end of the wish")

    # once is enough
    app.live(300).wait()
    daemon.command("FLUSH plugin=anomaly")
    assert daemon.stop() == 0
    daemon.start()
    since = app.time * 1000
    app.live(40).wait()
    assert not warms_up(daemon, since)
    assert daemon.log().count("has been forgotten") == 1


def test_while_collectd_is_stopped(collectd):
    daemon = app_daemon(collectd).start()
    app = App(daemon).live(1200).wait()
    assert daemon.stop() == 0
    forget(daemon)
    daemon.start()
    since = app.time * 1000
    app.live(40).wait()
    daemon.wait_for_log(FORGOTTEN)
    assert warms_up(daemon, since)
    wait_for(lambda: daemon.query("SELECT * FROM forget") == [], "the end of the wish")
