# SPDX-License-Identifier: MIT
"""What collectd keeps by itself: CSV and RRD files, and its own memory, read by
its own tools."""

import math
import subprocess

import pytest

from collectd_daemon import csv_values, wait_for
from judgements import ALL_NAMES, HOST, NAMES, assert_reads_back, judgements, same, have_incident
from servers import configuration


@pytest.fixture(scope="module")
def daemon(module_collectd):
    """One collectd with all three, which share nothing."""
    daemon = module_collectd(
        plugins=configuration("outputs/anomaly.conf")
        + configuration("outputs/csv/collectd.conf", {"/var/lib/collectd": "@DIR@"})
        + configuration("outputs/rrdtool/collectd.conf", {"/var/lib/collectd": "@DIR@"})
        # where the test's collectd has it
        + configuration("outputs/unixsock/collectd.conf", {"/var/run/collectd-unixsock": "@DIR@/socket"}),
        # of values out of order, which an hour in a second makes many of, rrdtool
        # takes the newest alone
        before="WriteThreads 1",
        interval=0.1,
    ).start()
    have_incident(daemon)
    return daemon


def test_csv(daemon):
    def read(name):
        return {round(time): number for time, number in csv_values(daemon, HOST, name)}

    assert_reads_back(daemon, read)


def rrd_fetch(daemon, name):
    """rrdtool's own reading of a file: numbers by time, the unknown left out."""
    file = daemon.directory / "rrd" / HOST / "anomaly-system" / f"{name}.rrd"
    if not file.exists():
        return {}
    last = int(subprocess.check_output(["rrdtool", "last", file], text=True))
    lines = subprocess.check_output(
        ["rrdtool", "fetch", file, "MAX", "--resolution", "10", "--start", str(last - 86400), "--end", str(last)],
        text=True,
    ).splitlines()
    # a head line names the data source; then TIME: NUMBER
    pairs = [line.split(": ") for line in lines[2:]]
    return {int(time): float(number) for time, number in pairs if not math.isnan(float(number))}


def test_rrdtool(daemon):
    # the first value of a file starts its clock
    second = daemon.samples(HOST)[1]["ts"] // 1000
    assert_reads_back(daemon, lambda name: rrd_fetch(daemon, name), since=second)


@pytest.mark.parametrize("name", NAMES)
def test_collectdctl(daemon, name):
    numbers = judgements(daemon)[name]

    def read():
        answer = subprocess.check_output(
            ["collectdctl", "-s", daemon.socket_path, "getval", f"{HOST}/anomaly-system/{name}"], text=True
        )
        assert answer.startswith("value=")
        return float(answer.removeprefix("value="))

    wait_for(lambda: same(read(), numbers[max(numbers)]), f"the last {name}")


def test_collectdctl_lists_them(daemon):
    names = subprocess.check_output(["collectdctl", "-s", daemon.socket_path, "listval"], text=True).split()
    assert {f"{HOST}/anomaly-system/{name}" for name in ALL_NAMES} <= set(names)
