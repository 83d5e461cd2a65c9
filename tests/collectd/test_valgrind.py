# SPDX-License-Identifier: MIT
"""A live collectd under valgrind: no error and no leak with a frame of ours in
its stack. Others' leaks are theirs."""

import os
import xml.etree.ElementTree

import pytest

from collectd_app import LONG_DEADLINE, App, app_daemon


# Seconds of history; `contrib/check --full': an hour.
BACKFILL = int(os.environ.get("ANOMALY_BACKFILL", 1200))


def our_errors(path):
    root = xml.etree.ElementTree.parse(path).getroot()
    return [
        xml.etree.ElementTree.tostring(error, encoding="unicode")
        for error in root.iter("error")
        if any(obj.text.endswith("/anomaly.so") for obj in error.iter("obj"))
    ]


@pytest.fixture
def valgrind(tmp_path):
    report = tmp_path / "valgrind.xml"
    command = [
        "/usr/bin/valgrind",
        "--leak-check=full",
        "--show-leak-kinds=definite,indirect,possible",
        "--num-callers=40",
        "--xml=yes",
        f"--xml-file={report}",
    ]
    return command, report


def test_simulation_and_real_metrics(collectd, valgrind):
    command, report = valgrind
    daemon = collectd(
        anomaly=f"<Simulate>\nHosts 2\nBackfill {BACKFILL}\n</Simulate>",
        plugins="LoadPlugin cpu\nLoadPlugin memory\nLoadPlugin df\nLoadPlugin interface\n",
    ).start(*command, wait=False)
    daemon.wait_for_log("Initialization complete", LONG_DEADLINE)
    daemon.wait_for_samples("sim-2", BACKFILL, deadline=LONG_DEADLINE * (BACKFILL // 1200))
    daemon.wait_for_samples("here", 3, deadline=LONG_DEADLINE)
    daemon.command("FLUSH plugin=anomaly")
    assert daemon.stop() == 0
    # and once more with models and runs to restore
    first = our_errors(report)
    daemon.start(*command, wait=False).wait_for_log("Initialization complete", LONG_DEADLINE)
    daemon.wait_for_samples("here", len(daemon.samples("here")) + 3, deadline=LONG_DEADLINE)
    assert daemon.stop() == 0
    assert first + our_errors(report) == []


def test_runs_and_features(collectd, valgrind):
    command, report = valgrind
    daemon = app_daemon(collectd, options="ReportFeatures true")
    daemon.start(*command, wait=False).wait_for_log("Initialization complete", LONG_DEADLINE)
    app = App(daemon).live(1000)
    app.live(20, latency=500).live(200).wait()
    assert daemon.query("SELECT * FROM runs")
    assert daemon.stop() == 0
    assert our_errors(report) == []


def test_a_mistake_in_the_configuration(collectd, valgrind):
    command, report = valgrind
    daemon = app_daemon(collectd, options='Host "/(/"', complaints_expected=True)
    daemon.start(*command, wait=False)
    assert daemon.wait() != 0
    assert our_errors(report) == []
