# SPDX-License-Identifier: MIT
"""What a user has called expected is not flagged again."""

from collectd_app import App, app_daemon
from collectd_daemon import wait_for

LEARNED = r"run \d+ of web-1 was expected; its \d+ flagged intervals are learned as normal"


def runs(daemon):
    return daemon.value("SELECT count(*) FROM runs")


def incident(daemon, app, **values):
    """Returns once it is over, and whatever came of it too."""
    app.live(10, **values).live(900).wait()
    wait_for(lambda: daemon.query("SELECT * FROM runs WHERE ended_at IS NULL") == [], "the end of the run")


def test_expected_is_learned(collectd):
    daemon = app_daemon(collectd).start()
    app = App(daemon, behind=14400).live(3600).wait()
    before = runs(daemon)
    incident(daemon, app, latency=60)
    assert runs(daemon) == before + 1
    daemon.execute("UPDATE runs SET verdict = 'expected' WHERE id = (SELECT max(id) FROM runs)")
    daemon.wait_for_log(LEARNED)
    incident(daemon, app, latency=60)
    assert runs(daemon) == before + 1

    incident(daemon, app, users=400)
    assert runs(daemon) == before + 2

    # nor is it after a restart
    assert daemon.stop() == 0
    daemon.start()
    incident(daemon, app, latency=60)
    assert runs(daemon) == before + 2
