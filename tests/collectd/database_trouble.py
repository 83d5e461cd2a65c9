# SPDX-License-Identifier: MIT
"""What holds while the database cannot be written, and after it."""

import re

from collectd_daemon import wait_for
from collectd_app import severities

# The next attempt may be a minute away.
RETRY_DEADLINE = 120


def failures(daemon):
    return re.findall(r"\[(?:error|warning)\] anomaly plugin: .*", daemon.log())


def assert_scores_go_on(daemon, app):
    app.live(1800)
    told = len(severities(daemon, app.host))
    app.live(30, latency=500).live(600)
    wait_for(lambda: len(severities(daemon, app.host)) >= told + 2, "the notifications of a run")


def assert_all_is_written(daemon, app, flush=True):
    """The flagged runs at least have waited in memory. `flush`: is told to try
    now, rather than to wait for the next attempt."""

    def written(sql, what, least):
        def look():
            if flush:
                daemon.command("FLUSH plugin=anomaly")
            return (daemon.value(sql) or 0) >= least

        wait_for(look, what, RETRY_DEADLINE)

    told = len([s for s in severities(daemon, app.host) if s == "opening"])
    written("SELECT count(*) FROM runs", "the runs in the database", told)
    app.live(60)
    written("SELECT max(ts) FROM samples_app", "samples in the database", (app.time - 2) * 1000)


def assert_said_once(daemon):
    """In the log, and by a notification in the name of this host."""
    assert len(failures(daemon)) == 1, failures(daemon)
    assert str(daemon.database) in failures(daemon)[0]
    over = re.findall(r"\[(?:info|notice)\] anomaly plugin: .*(?:again|over|recover).*", daemon.log())
    assert len(over) == 1, daemon.log()[-4000:]
    wait_for(lambda: severities(daemon, host="here") == ["opening", "OKAY"], "both notifications")
