# SPDX-License-Identifier: MIT
"""A notification plugin that hangs: write_http, which has no time limit, with a
server that takes requests and does not answer. collectd calls it in the thread
that notifies."""

import signal

import pytest

from collectd_app import NOTIFY, App, app_daemon, told
from collectd_daemon import wait_for


@pytest.fixture
def hanging(collectd, receiver):
    """A daemon whose receiver hangs with the opening of a run of the first of
    three hosts."""
    receiver.posts.clear()
    receiver.answering.clear()
    # on a slow machine it hangs for so long that the log says so
    daemon = app_daemon(collectd, plugins=NOTIFY % receiver.url, complaints_expected=True).start()
    apps = [App(daemon, host).live(1800) for host in ("web-1", "web-2", "web-3")]
    apps[0].live(10, latency=500)
    wait_for(lambda: receiver.posts, "the first notification")
    yield daemon, apps
    receiver.answering.set()


def runs(daemon):
    return [row["id"] for row in daemon.query("SELECT id FROM runs ORDER BY id")]


def have_trouble(apps):
    """One after the other."""
    for app in apps:
        app.live(10, latency=500).live(600).wait()


def assert_told_once(daemon, receiver):
    """Each run's opening, then its end, in the order in which they came; only
    the one that hung may come again after a restart."""
    closed = daemon.value("SELECT count(*) FROM runs WHERE ended_at IS NOT NULL")
    assert closed == len(runs(daemon)) >= 3
    wait_for(lambda: len(set(told(receiver))) == 2 * closed, "the notifications")
    expected = [(severity, run) for run in runs(daemon) for severity in ("opening", "OKAY")]
    # whether the one that hung has been heard of nobody could know
    assert told(receiver) in (expected, expected[:1] + expected)
    # and the database has nothing left to tell
    wait_for(lambda: daemon.value("SELECT count(*) FROM untold") == 0, "a note of all of them")


def test_judging_goes_on(hanging, receiver):
    daemon, apps = hanging
    # live() returns when all is judged, wait() when it is in the database
    apps[0].live(600).wait()
    have_trouble(apps[1:])
    assert daemon.value("SELECT count(*) FROM untold") == 2 * len(runs(daemon))
    assert len(told(receiver)) == 1
    receiver.answering.set()
    assert_told_once(daemon, receiver)


def test_killed_while_it_hangs(hanging, receiver):
    daemon, apps = hanging
    apps[0].live(600).wait()
    have_trouble(apps[1:])
    daemon.stop(signal.SIGKILL)
    receiver.answering.set()
    daemon.start()
    wait_for(lambda: len(told(receiver)) > 1, "those that the first process has not told")
    assert told(receiver)[0] == told(receiver)[1]
    assert_told_once(daemon, receiver)


def test_stopped_while_it_hangs(hanging, receiver):
    """collectd waits for plugins that are at work; ours has saved all by then,
    so that it does no harm to kill it."""
    daemon, apps = hanging
    apps[0].live(600).wait()
    have_trouble(apps[1:2])
    daemon.process.send_signal(signal.SIGTERM)
    wait_for(lambda: daemon.value("SELECT count(*) FROM models") == len(apps), "the saved models")
    assert daemon.process.poll() is None
    receiver.answering.set()
    assert daemon.wait() == 0
    assert told(receiver) == [("opening", runs(daemon)[0])]
    daemon.start()
    have_trouble(apps[2:])
    assert_told_once(daemon, receiver)
