# SPDX-License-Identifier: MIT
"""Disks that are full or read-only, files that are damaged or not ours to
write: scoring goes on, the log says it once and what to do about it, and once
it has been done, everything that people were told of is in the database.

The file systems are small ones in memory, so this runs as root."""

import os
import subprocess

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


@pytest.fixture
def file_system(daemon):
    """The database's directory is one of its own, of four megabytes."""
    path = daemon.database.parent
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", path], check=True)
    yield path
    if daemon.process:
        daemon.stop()
    subprocess.run(["umount", path], check=True)


def wait_for_failure(daemon, remedy):
    wait_for(lambda: failures(daemon), "a line in the log", RETRY_DEADLINE)
    assert remedy in failures(daemon)[0]


def assert_sound(daemon):
    assert daemon.value("PRAGMA integrity_check") == "ok"
    assert daemon.query("SELECT host FROM runs GROUP BY host, started_at HAVING count(*) > 1") == []


def test_full(daemon, file_system):
    daemon.start()
    app = App(daemon).live(60).wait()
    filler = file_system / "filler"
    with open(filler, "wb", buffering=0) as file:
        with pytest.raises(OSError):
            while True:
                file.write(bytes(4096))
    assert_scores_go_on(daemon, app)
    wait_for_failure(daemon, "free some space")
    filler.unlink()
    assert_all_is_written(daemon, app)
    assert_said_once(daemon)
    assert_sound(daemon)


def test_read_only(daemon, file_system):
    daemon.start()
    app = App(daemon).live(60).wait()
    assert daemon.stop() == 0
    subprocess.run(["mount", "-o", "remount,ro", file_system], check=True)
    daemon.start()
    assert_scores_go_on(daemon, app)
    wait_for_failure(daemon, "writable")
    subprocess.run(["mount", "-o", "remount,rw", file_system], check=True)
    assert_all_is_written(daemon, app)
    assert_said_once(daemon)
    assert_sound(daemon)


def truncate(path):
    os.truncate(path, path.stat().st_size // 2)


def overwrite(path):
    with open(path, "r+b") as file:
        file.write(os.urandom(path.stat().st_size))


@pytest.mark.parametrize("damage", [truncate, overwrite])
def test_damaged(daemon, damage):
    daemon.start()
    app = App(daemon).live(1200).wait()
    assert daemon.stop() == 0  # so that the file has it all, the log nothing
    daemon.start()
    app.live(1).wait()
    damage(daemon.database)
    assert_scores_go_on(daemon, app)
    wait_for_failure(daemon, "move it away")
    for path in list(daemon.database.parent.iterdir()):
        path.rename(daemon.directory / path.name)
    assert_all_is_written(daemon, app)
    assert_said_once(daemon)
    assert_sound(daemon)


def test_of_the_future(daemon):
    daemon.start()
    App(daemon).live(60).wait()
    assert daemon.stop() == 0
    version = daemon.value("PRAGMA user_version")
    daemon.execute("PRAGMA user_version = 1000")
    before = daemon.value("SELECT count(*) FROM samples_app")
    daemon.start()
    app = App(daemon, host="web-2")
    assert_scores_go_on(daemon, app)
    wait_for_failure(daemon, "newer")
    assert daemon.value("SELECT count(*) FROM samples_app") == before
    daemon.execute(f"PRAGMA user_version = {version}")
    assert_all_is_written(daemon, app)
    assert_said_once(daemon)


def test_two_write_to_one_file(collectd, daemon):
    other = app_daemon(collectd)
    other.config_file.write_text(
        other.config_file.read_text().replace(str(other.database), str(daemon.database))
    )
    other.database = daemon.database
    daemon.complaints_expected = False
    daemon.start()
    other.start()
    apps = [App(daemon, "web-1"), App(other, "web-2")]
    for app in apps:
        assert_scores_go_on(app.daemon, app)
    for app in apps:
        app.wait()
    assert daemon.stop() == 0
    assert other.stop() == 0
    assert_sound(daemon)
    for app in apps:
        times = [row["ts"] for row in daemon.samples(app.host, "app")]
        assert len(times) == len(set(times)) >= 1800 + 30 + 600 - 1
        assert daemon.value("SELECT count(*) FROM runs WHERE host = ?", app.host) >= 1
    assert daemon.query("SELECT * FROM runs WHERE ended_at IS NULL") == []
