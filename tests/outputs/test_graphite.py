# SPDX-License-Identifier: MIT
"""write_graphite into carbon, read back by whisper's own program."""

import json
import subprocess

import pytest

from collectd_daemon import wait_for
from judgements import ALL_NAMES, HOST, NAMES, assert_reads_back, have_incident
from servers import Carbon, configuration


@pytest.fixture(scope="module")
def carbon(run_server):
    return run_server(Carbon)


@pytest.fixture(scope="module")
def daemon(module_collectd, carbon):
    daemon = module_collectd(
        plugins=configuration("outputs/anomaly.conf")
        + configuration("outputs/graphite/collectd.conf", {"2003": carbon.port}),
        interval=0.1,
    ).start()
    have_incident(daemon)
    return daemon


def whisper_file(carbon, name):
    return carbon.whisper / "collectd" / HOST / "anomaly-system" / f"{name}.wsp"


def read(daemon, carbon, name):
    # the plugin sends full packets, or what there is of one when told to
    daemon.command("FLUSH plugin=write_graphite/carbon")
    file = whisper_file(carbon, name)
    if not file.exists():
        return {}
    answer = json.loads(subprocess.check_output(["whisper-fetch", "--json", file]))
    times = range(answer["start"], answer["end"], answer["step"])
    return {time: number for time, number in zip(times, answer["values"]) if number is not None}


def test_values(daemon, carbon):
    assert_reads_back(daemon, lambda name: read(daemon, carbon, name))


def test_an_anomaly_is_not_averaged_away(daemon, carbon):
    test_values(daemon, carbon)
    for name in NAMES:
        method = subprocess.check_output(["whisper-info", whisper_file(carbon, name), "aggregationMethod"], text=True)
        assert method.strip() == "max"


def test_notifications_are_not_sent(daemon, carbon):
    assert [n for n in daemon.notifications() if n.host == HOST]
    test_values(daemon, carbon)
    wait_for(
        lambda: {path.stem for path in whisper_file(carbon, "any").parent.iterdir()} == ALL_NAMES,
        "the files of all values",
    )
