# SPDX-License-Identifier: MIT
"""LoadPlugin anomaly and not a word more: the built-in detector and the default
database. In a file system of its own, to keep off this machine's database."""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess

from collectd_daemon import COLLECTD, SYSTEM_PLUGIN_DIR, Daemon, wait_for

CONFIG = """
Hostname "here"
FQDNLookup false
Interval 1
BaseDir "/var/lib/collectd"
PIDFile "/pid"
PluginDir "/plugins"
LoadPlugin logfile
<Plugin logfile>
  File "stderr"
  PrintSeverity true
</Plugin>
LoadPlugin cpu
LoadPlugin memory
LoadPlugin anomaly
"""


def make_root(root):
    for directory in ("plugins", "etc", "var/lib/collectd", "proc", "usr/share/collectd"):
        (root / directory).mkdir(parents=True)
    (root / "etc" / "collectd.conf").write_text(CONFIG)
    shutil.copy("/usr/share/collectd/types.db", root / "usr" / "share" / "collectd")
    # what the cpu and memory plugins read; the counters stand still
    for name in ("stat", "meminfo"):
        (root / "proc" / name).write_text(open(f"/proc/{name}").read())
    plugins = [f"{SYSTEM_PLUGIN_DIR}/{name}.so" for name in ("logfile", "cpu", "memory")]
    plugins.append(str(Daemon.plugin_dir / "anomaly.so"))
    for plugin in plugins:
        shutil.copy(plugin, root / "plugins")
    ldd = subprocess.run(["ldd", COLLECTD, *plugins], capture_output=True, text=True, check=True).stdout
    libraries = set(re.findall(r"(/\S+) \(0x", ldd))
    # pthread_exit loads this one
    libc = next(path for path in libraries if "/libc.so" in path)
    libraries.add(os.path.join(os.path.dirname(libc), "libgcc_s.so.1"))
    for library in {COLLECTD, *libraries}:
        copy = root / library.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, copy)


def samples(database):
    if not database.exists():
        return []
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
        try:
            return connection.execute("SELECT host, memory FROM samples_system").fetchall()
        except sqlite3.OperationalError as error:
            assert "no such table" in str(error)
            return []


def test_no_configuration_at_all(tmp_path):
    root = tmp_path / "root"
    make_root(root)
    namespace = [] if os.getuid() == 0 else ["unshare", "--map-root-user"]
    log_file = tmp_path / "log"
    with open(log_file, "w") as log:
        process = subprocess.Popen(
            [*namespace, "chroot", root, COLLECTD, "-f", "-C", "/etc/collectd.conf"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        database = root / "var" / "lib" / "collectd" / "anomaly.db"
        wait_for(lambda: len(samples(database)) >= 3, "samples in the default database")
    finally:
        process.terminate()
        status = process.wait(60)
    assert status == 0
    assert {host for host, _ in samples(database)} == {"here"}
    assert all(0 <= memory <= 100 for _, memory in samples(database))
    assert not re.search(r"\[(error|warning)\] anomaly plugin", log_file.read_text())
