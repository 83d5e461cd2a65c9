# SPDX-License-Identifier: MIT
"""What happens in a maintenance window is kept, but nobody is woken for it."""

import time

from collectd_app import App, app_daemon, severities
from collectd_daemon import wait_for

BEHIND = 7200
LENGTH = 600


def test_silence(collectd):
    # in the local time of the machine, as collectd takes it
    window = (int(time.time()) - BEHIND) // 60 * 60 + 1920
    begin, end = (time.strftime("%H:%M", time.localtime(ts)) for ts in (window, window + LENGTH))
    daemon = app_daemon(collectd, options=f'Silence "daily {begin}-{end}"').start()
    app = App(daemon, behind=BEHIND)
    app.live(window + 10 - app.time).wait()
    before = severities(daemon)
    runs = daemon.value("SELECT count(*) FROM runs")

    app.live(60, latency=500).live(window + LENGTH + 60 - app.time).wait()
    assert severities(daemon) == before
    assert daemon.value("SELECT count(*) FROM samples_app WHERE flagged AND ts >= ?", window * 1000) >= 50
    marked = daemon.query("SELECT * FROM runs, silent_runs ON run_id = id")
    assert marked and daemon.value("SELECT count(*) FROM runs") == runs + len(marked)
    assert all(run["ended_at"] is not None and run["ended_at"] < (window + LENGTH) * 1000 for run in marked)

    # the same outside of it is an incident
    app.live(10, latency=500).wait()
    wait_for(lambda: len(severities(daemon)) > len(before), "a notification")
    assert severities(daemon)[len(before)] == "opening"
