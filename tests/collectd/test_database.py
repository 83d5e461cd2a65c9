# SPDX-License-Identifier: MIT
"""Whatever becomes of the database, scoring, values and notifications go on,
and the log says it once when it begins and once when it is over."""

import shutil
import sqlite3
import time

import pytest

from collectd_app import App, app_daemon
from collectd_daemon import wait_for
from database_trouble import (
    RETRY_DEADLINE,
    assert_all_is_written,
    assert_said_once,
    assert_scores_go_on,
    failures,
)


@pytest.fixture
def daemon(collectd):
    return app_daemon(collectd, complaints_expected=True)


def test_no_directory_at_the_start(daemon):
    # a file where the directory should be: not even root gets past that
    daemon.database.parent.rmdir()
    daemon.database.parent.write_text("")
    daemon.start()
    app = App(daemon)
    assert_scores_go_on(daemon, app)
    daemon.database.parent.unlink()
    daemon.database.parent.mkdir()
    assert_all_is_written(daemon, app, flush=False)
    assert_said_once(daemon)


def test_locked_by_another(daemon):
    daemon.start()
    app = App(daemon).live(60).wait()
    other = sqlite3.connect(daemon.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert_scores_go_on(daemon, app)
    wait_for(lambda: failures(daemon), "a line in the log")
    other.execute("ROLLBACK")
    other.close()
    assert_all_is_written(daemon, app)
    assert_said_once(daemon)


def test_directory_removed(daemon):
    daemon.start()
    app = App(daemon).live(60).wait()
    shutil.rmtree(daemon.database.parent)
    daemon.database.parent.write_text("")
    app.live(60)
    wait_for(lambda: failures(daemon), "a line in the log", RETRY_DEADLINE)
    assert_scores_go_on(daemon, app)
    daemon.database.parent.unlink()
    daemon.database.parent.mkdir()
    assert_all_is_written(daemon, app)


def test_database_file_deleted(daemon):
    daemon.start()
    app = App(daemon).live(60).wait()
    for path in daemon.database.parent.iterdir():
        path.unlink()
    # no matter whether that passes for a failure, a new file must come
    end = time.monotonic() + RETRY_DEADLINE
    while not daemon.query("SELECT 1 FROM samples_app"):
        app.live(1)
        time.sleep(0.5)
        assert time.monotonic() < end, "no new database"
    assert_scores_go_on(daemon, app)
    assert_all_is_written(daemon, app)


def test_not_a_database(daemon):
    daemon.database.write_bytes(b"this is not SQLite's\n" * 1000)
    daemon.start()
    app = App(daemon)
    assert_scores_go_on(daemon, app)
    # it is somebody's file: left alone, or set aside, but not overwritten
    assert any(
        path.read_bytes().startswith(b"this is not SQLite's") for path in daemon.database.parent.iterdir()
    )
    assert failures(daemon)
