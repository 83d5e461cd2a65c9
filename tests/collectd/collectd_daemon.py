# SPDX-License-Identifier: MIT
"""One collectd of its own: configuration, process, log, database, socket."""

import collections
import contextlib
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import time

COLLECTD = "/usr/sbin/collectd"
SYSTEM_PLUGIN_DIR = "/usr/lib/collectd"

# A deadline is only how long a broken plugin may keep the tests: generous.
DEADLINE = 60

Notification = collections.namedtuple("Notification", "severity host plugin message")

_NOTIFICATION = re.compile(
    r"Notification: severity = (?P<severity>\w+), host = (?P<host>[^,]*), "
    r"plugin = (?P<plugin>[^,]*),.*? message = (?P<message>.*)"
)


def wait_for(condition, what, deadline=DEADLINE):
    """Calls `condition` until it is true and returns what it returned."""
    end = time.monotonic() + deadline
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, f"waited {deadline} s in vain for {what}"
        time.sleep(0.1)


def environment():
    """What collectd is to be run with. ANOMALY_PRELOAD names a library that the
    plugin needs in place first, as a sanitizer's is."""
    preload = os.environ.get("ANOMALY_PRELOAD")
    return {**os.environ, "LD_PRELOAD": preload} if preload else dict(os.environ)


class Daemon:
    plugin_dir = None  # set by conftest.py

    def __init__(self, directory, anomaly="", before="", plugins="", hostname="here", interval=1, database=True, load="LoadPlugin anomaly"):
        """`anomaly` is what stands in <Plugin anomaly> after Database, unless
        `database` is False; `before` comes first in the file, `plugins` are the
        other plugins' LoadPlugin lines and blocks, `load` is ours."""
        self.directory = pathlib.Path(directory)
        self.database = self.directory / "db" / "anomaly.db"
        self.log_file = self.directory / "log"
        self.csv_dir = self.directory / "csv"
        self.config_file = self.directory / "collectd.conf"
        self.socket_path = self.directory / "socket"
        self.process = None
        self.complaints_expected = False
        if database:
            self.database.parent.mkdir()
            anomaly = f'Database "{self.database}"\n{anomaly}'
        self.config_file.write_text(
            f"""
Hostname "{hostname}"
FQDNLookup false
Interval {interval}
BaseDir "{self.directory}"
PIDFile "{self.directory}/pid"
{before}
LoadPlugin logfile
<Plugin logfile>
  File "stderr"
  PrintSeverity true
</Plugin>
LoadPlugin unixsock
<Plugin unixsock>
  SocketFile "{self.socket_path}"
  DeleteSocket true
</Plugin>
PluginDir "{self.plugin_dir}"
{load}
PluginDir "{SYSTEM_PLUGIN_DIR}"
<Plugin anomaly>
{anomaly}
</Plugin>
{plugins.replace("@DIR@", str(self.directory))}
"""
        )

    # --- the process

    def start(self, *wrapper, wait=True):
        """Runs collectd, under the command `wrapper` if there is one. The log
        goes on where the last start left it."""
        self.log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        with open(self.log_file, "a") as log:
            self.process = subprocess.Popen(
                [*wrapper, COLLECTD, "-f", "-C", str(self.config_file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                env=environment(),
            )
        if wait:
            self.wait_for_log("Initialization complete")
        return self

    def stop(self, sig=signal.SIGTERM):
        """Ends it and returns the exit status."""
        self.process.send_signal(sig)
        return self.wait()

    def wait(self):
        process, self.process = self.process, None
        try:
            return process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"collectd did not end within {DEADLINE} s:\n{self.log()[-4000:]}")

    def finish(self):
        """Stops it if need be; returns all that was wrong with it."""
        problems = []
        if self.process is not None:
            status = self.stop()
            if status != 0:
                problems.append(f"collectd ended with status {status}:\n{self.log()[-4000:]}")
        if not self.complaints_expected:
            problems += self.complaints()
        return problems

    # --- the log

    def log(self):
        """Of all starts."""
        return self.log_file.read_text(errors="replace")

    def recent_log(self):
        """Since the last start."""
        with open(self.log_file, errors="replace") as log:
            log.seek(self.log_start)
            return log.read()

    def complaints(self):
        """Errors and warnings by the plugin, or by the daemon about values."""
        return re.findall(
            r".*\[(?:error|warning)\] (?:anomaly plugin|plugin_dispatch|plugin_write|uc_update).*",
            self.log(),
        )

    def wait_for_log(self, pattern, deadline=DEADLINE):
        """Returns the match. Only what came since the last start counts."""

        def look():
            match = re.search(pattern, self.recent_log())
            if not match and self.process and self.process.poll() is not None:
                raise AssertionError(f"collectd ended while `{pattern}' was waited for:\n{self.log()[-4000:]}")
            return match

        return wait_for(look, f"`{pattern}' in the log", deadline)

    def notifications(self, plugin="anomaly"):
        """Ours, not those of the threshold plugin about our values."""
        found = [Notification(**m.groupdict()) for m in _NOTIFICATION.finditer(self.log())]
        return [
            n
            for n in found
            if n.plugin == plugin and not re.search(r"Data source|data sources", n.message)
        ]

    # --- the database

    def query(self, sql, *parameters):
        """The rows; none as long as there is no database or no such table."""
        if not self.database.is_file():
            return []
        # a reader in another process, as the dashboard is
        connection = sqlite3.connect(f"file:{self.database}?mode=rw", uri=True, timeout=30)
        connection.row_factory = sqlite3.Row
        try:
            return connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise
        finally:
            connection.close()

    def execute(self, sql):
        """Changes the database behind the plugin's back."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(sql)

    def value(self, sql, *parameters):
        """The first column of the first row, or None."""
        rows = self.query(sql, *parameters)
        return rows[0][0] if rows else None

    def samples(self, host, detector="system"):
        return self.query(f"SELECT * FROM samples_{detector} WHERE host = ? ORDER BY ts", host)

    def wait_for_samples(self, host, count, detector="system", deadline=DEADLINE):
        wait_for(
            lambda: (
                self.value(f"SELECT count(*) FROM samples_{detector} WHERE host = ?", host) or 0
            )
            >= count,
            f"{count} samples of {host}",
            deadline,
        )
        return self.samples(host, detector)

    # --- the socket

    def command(self, *lines):
        """Sends commands to the unixsock plugin, expects them to succeed and
        returns the lines that the last one gave back."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(DEADLINE)

            def connected():
                assert self.process is not None, "collectd has ended"
                return s.connect_ex(str(self.socket_path)) == 0

            # the plugin makes it in a thread of its own
            wait_for(connected, "the socket")
            stream = s.makefile("rw")
            for line in lines:
                stream.write(line + "\n")
                stream.flush()
                status = stream.readline()
                assert re.match("[0-9]", status), f"{line}: {status}"
                answer = [stream.readline().rstrip() for _ in range(int(status.split()[0]))]
        return answer

    def last_time(self, identifier):
        """The time of the newest value that collectd knows, 0 if none."""
        for line in self.command("LISTVAL"):
            when, name = line.split(" ", 1)
            if name == identifier:
                return float(when)
        return 0

    def put(self, identifier, series, interval=1):
        """Hands values of another plugin in: pairs of a time and a number."""
        self.command(
            *(f'PUTVAL "{identifier}" interval={interval} {ts:.3f}:{number}' for ts, number in series)
        )


def csv_values(daemon, host, name, plugin="anomaly-system"):
    """What the csv plugin has written of HOST/PLUGIN/NAME: pairs of a time and
    a number, in the order of time. Several threads write, in any order."""
    pairs = []
    for path in sorted((daemon.csv_dir / host / plugin).glob(name + "-20*")):
        for line in path.read_text().splitlines()[1:]:
            # a line may be half written
            cells = line.split(",")
            if len(cells) == 2 and cells[1]:
                pairs.append((float(cells[0]), float(cells[1])))
    return sorted(pairs)
