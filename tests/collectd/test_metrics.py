# SPDX-License-Identifier: MIT
"""The built-in detector on this machine's own metrics."""

import itertools
import os
import subprocess

import pytest

from collectd_daemon import wait_for

LOAD_ALL = "LoadPlugin cpu\nLoadPlugin memory\nLoadPlugin df\nLoadPlugin interface\n"


def feature(daemon, name, rows=1, host="here"):
    """The numbers of a feature, once there are so many."""
    sql = f"SELECT {name} FROM samples_system WHERE host = ? AND {name} IS NOT NULL ORDER BY ts"
    wait_for(lambda: len(daemon.query(sql, host)) >= rows, f"{rows} rows with {name}")
    return [row[0] for row in daemon.query(sql, host)]


def test_every_feature_is_there(collectd):
    daemon = collectd(plugins=LOAD_ALL).start()
    features = ["cpu", "memory", "disk"]
    # a container without a network has lo alone, and the plugin leaves that out
    if set(os.listdir("/sys/class/net")) - {"lo"}:
        features += ["network", "errors"]
    complete = " AND ".join(f"{name} IS NOT NULL" for name in features)
    rows = wait_for(
        lambda: daemon.query(f"SELECT * FROM samples_system WHERE host = 'here' AND {complete}"),
        "a sample with " + ", ".join(features),
    )
    assert set(rows[0].keys()) == {
        *("host", "ts", "cpu", "memory", "disk", "network", "errors"),
        *("score", "threshold", "flagged"),
    }
    assert {row["host"] for row in daemon.query("SELECT host FROM samples_system")} == {"here"}
    for name in ("cpu", "memory", "disk"):
        assert 0 <= rows[0][name] <= 100


def cpu_modes():
    for by_state, by_cpu, percentage in itertools.product(("true", "false"), repeat=3):
        yield f"ReportByState {by_state}\nReportByCpu {by_cpu}\nValuesPercentage {percentage}"
    yield "ReportNumCpu true"


@pytest.mark.parametrize("options", cpu_modes())
def test_cpu_in_each_mode_of_the_cpu_plugin(collectd, options):
    daemon = collectd(plugins=f"LoadPlugin cpu\n<Plugin cpu>\n{options}\n</Plugin>").start()
    busy = subprocess.Popen(["/usr/bin/python3", "-c", "while True: pass"])
    try:
        values = feature(daemon, "cpu", rows=3)
    finally:
        busy.kill()
        busy.wait()
    # the plugin reads /proc/stat, which counts all CPUs, ours or not
    with open("/proc/stat") as stat:
        cpus = sum(line.startswith("cpu") for line in stat) - 1
    assert all(0 <= value <= 100.001 for value in values)
    assert max(values) > 0.5 * 100 / cpus


@pytest.mark.parametrize("options", ["ValuesAbsolute true", "ValuesAbsolute false\nValuesPercentage true"])
def test_memory_in_each_mode_of_the_memory_plugin(collectd, options):
    daemon = collectd(plugins=f"LoadPlugin memory\n<Plugin memory>\n{options}\n</Plugin>").start()
    value = feature(daemon, "memory")[-1]
    with open("/proc/meminfo") as meminfo:
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in meminfo}
    # what the memory plugin calls used
    used = kilobytes["MemTotal"] - sum(kilobytes[k] for k in ("MemFree", "Buffers", "Cached", "Slab"))
    assert value == pytest.approx(100 * used / kilobytes["MemTotal"], abs=10)


@pytest.mark.parametrize("options", ["ValuesAbsolute true", "ValuesAbsolute false\nValuesPercentage true"])
def test_disk_in_each_mode_of_the_df_plugin(collectd, options):
    daemon = collectd(plugins=f'LoadPlugin df\n<Plugin df>\nMountPoint "/"\n{options}\n</Plugin>').start()
    value = feature(daemon, "disk")[-1]
    root = os.statvfs("/")
    # reserved blocks are nobody's to use
    assert value == pytest.approx(100 - 100 * root.f_bavail / root.f_blocks, abs=2)


def test_loopback_is_not_network(collectd):
    daemon = collectd(
        plugins='LoadPlugin cpu\nLoadPlugin interface\n<Plugin interface>\nInterface "lo"\n</Plugin>'
    ).start()
    feature(daemon, "cpu", rows=3)
    assert {row["network"] for row in daemon.samples("here")} == {None}


def test_another_machine_over_the_network(collectd, udp_port):
    server = collectd(
        hostname="server",
        plugins=f'LoadPlugin network\n<Plugin network>\nListen "127.0.0.1" "{udp_port}"\n</Plugin>',
    ).start()
    # it judges itself too, and what it says of itself arrives as well
    collectd(
        hostname="client",
        plugins=LOAD_ALL
        + f'LoadPlugin network\n<Plugin network>\nServer "127.0.0.1" "{udp_port}"\n</Plugin>',
    ).start()
    for name in ("cpu", "memory", "disk"):
        feature(server, name, host="client")
    assert {row["host"] for row in server.query("SELECT DISTINCT host FROM samples_system")} == {"client"}
