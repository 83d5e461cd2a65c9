#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a fleet costs its collector: `bench_fleet.py [HOSTS...]`, by default 100,
1000 and 10000, each of which sends the five features of the built-in detector
every ten seconds by the network plugin. The largest needs 3 GB of memory and
4 GB below TMPDIR.

Prints NAME VALUE UNIT. CPU is the time that threads have run, in percent of one
core:

    read      the read callback; its threads do nothing else
    plugin    all of collectd, less the storage's thread, less a collectd without
              the plugin under the same load: so the write callback is in it,
              and what collectd does with seven scores a host
    storage   the thread that writes the database

Seconds are real ones: `delay` from when a host has sent until its score is
there, at most, when looked at a few times; `start` from when the last host has
sent until its model is restored; `stop` from SIGTERM to the end. Every host has
a model that has learned for hours, and a packet each interval: `lost` is the
difference between packets and intervals scored, `unsaved` the models that the
stop had no time for."""

import contextlib
import csv
import math
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "collectd"), str(TESTS / "outputs")]

from collectd_daemon import Daemon, wait_for  # noqa: E402
from machine import Machine  # noqa: E402

BUILD = pathlib.Path(os.environ.get("ANOMALY_BUILD_DIR", ".")).resolve()
LOAD = BUILD / "tests" / "bench" / "collectd_load"
INTERVAL = 10
HISTORY = 20000  # seconds that a model has learned
SETTLE = 30  # seconds until models are restored
MEASURED = 60
LOOKS = 5  # at the delay

# The values end in the plugin, or nowhere; only what the plugin says of itself
# is kept.
PLUGINS = """
LoadPlugin network
<Plugin network>
  Listen "127.0.0.1" "{port}"
</Plugin>
LoadPlugin csv
<Plugin csv>
  DataDir "@DIR@/csv"
</Plugin>
LoadPlugin match_regex
PostCacheChain "fleet"
<Chain "fleet">
  <Rule>
    <Match "regex">
      Plugin "^collectd$"
    </Match>
    <Target "write">
      Plugin "csv"
    </Target>
    Target "stop"
  </Rule>
  {end}
</Chain>
"""


def show(hosts, name, value, unit):
    print(f"fleet_{hosts}_{name} {value:.2f} {unit}", flush=True)


class Collector:
    """A collectd under load; without a database of models to begin with it has
    not got the plugin, and is what the costs are compared with."""

    def __init__(self, directory, models):
        directory.mkdir()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        end = '<Target "write">\nPlugin "anomaly"\n</Target>' if models else 'Target "stop"'
        self.daemon = Daemon(
            directory,
            anomaly="Retention 0",
            before="CollectInternalStats true",
            hostname="collector",
            interval=INTERVAL,
            plugins=PLUGINS.format(port=self.port, end=end),
        )
        if models:
            shutil.copy(models, self.daemon.database)
        else:
            config = self.daemon.config_file
            text, found = re.subn(
                r"LoadPlugin anomaly\n|<Plugin anomaly>.*?</Plugin>", "", config.read_text(), flags=re.S
            )
            assert found == 2
            config.write_text(text)
        self.daemon.start()

    def load(self, hosts, seconds):
        command = [LOAD, f"--port={self.port}", f"--hosts={hosts}", f"--interval={INTERVAL}", f"--seconds={seconds}"]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def cpu(self):
        """Seconds that each kind of thread has run."""
        seconds = {"reader": 0.0, "anomaly": 0.0, "others": 0.0}
        for task in pathlib.Path(f"/proc/{self.daemon.process.pid}/task").iterdir():
            name = (task / "comm").read_text().split("#")[0].strip()
            seconds[name if name in seconds else "others"] += int((task / "schedstat").read_text().split()[0]) / 1e9
        return seconds

    def memory(self):
        """Megabytes in RAM."""
        status = pathlib.Path(f"/proc/{self.daemon.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s*(\d+)", status)[1]) * 1024 / 1e6

    def delay(self):
        """Seconds since the oldest value that is not judged yet was sent."""
        sent, judged = {}, {}
        now = time.time()
        for line in self.daemon.command("LISTVAL"):
            when, name = line.split(" ", 1)
            host, _, rest = name.partition("/")
            if rest == "interface-eth0/if_errors":
                sent[host] = float(when)
            elif rest == "anomaly-system/gauge-score":
                judged[host] = float(when)
        delay = 0
        for host, newest in sent.items():
            # what is listed is rounded to a millisecond, across an interval's end
            behind = math.floor((newest - 0.001) / INTERVAL) - round(judged.get(host, 0) / INTERVAL)
            if behind > 0:
                delay = max(delay, now - newest + (behind - 1) * INTERVAL)
        return delay

    def restored(self):
        return sum(int(number) for number in re.findall(r"(\d+) models? restored", self.daemon.recent_log()))

    def scored(self):
        """Intervals, as the plugin counts them."""
        last = 0
        for path in self.daemon.csv_dir.glob("collector/collectd-anomaly/derive-frames-20*"):
            with open(path) as rows:
                last = max([last, *(int(row["value"]) for row in csv.DictReader(rows) if row["value"])])
        return last

    def dropped(self):
        """Packets, by the kernel, for want of room at the socket."""
        for line in pathlib.Path("/proc/net/udp").read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[1].split(":")[1], 16) == self.port:
                return int(fields[-1])
        raise RuntimeError("collectd does not listen")


def models(directory, hosts):
    """A database with one: a host is learned, and the others are its likes."""
    directory.mkdir()
    daemon = Daemon(directory, anomaly="Retention 0", interval=0.1).start()
    Machine(daemon, "host-0", interval=INTERVAL, history=HISTORY)
    assert daemon.stop() == 0
    with contextlib.closing(sqlite3.connect(daemon.database)) as connection, connection:
        connection.execute(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)"
            " INSERT INTO models(host, detector, saved_at, image)"
            " SELECT 'host-' || n, detector, saved_at, image FROM models, numbers WHERE host = 'host-0'",
            (hosts,),
        )
    return daemon.database


def measure(collector, hosts, look):
    """CPU in percent by thread while the load runs, and how many packets it
    sent; `look` is called now and then."""
    load = collector.load(hosts, SETTLE + MEASURED)
    begin = time.monotonic()
    if look:
        time.sleep(INTERVAL)
        wait_for(lambda: collector.restored() >= hosts, f"{hosts} models")
        show(hosts, "start", time.monotonic() - begin - INTERVAL, "s")
    time.sleep(max(0, begin + SETTLE - time.monotonic()))
    cpu, since = collector.cpu(), time.monotonic()
    # whole intervals, less the looks' cost
    time.sleep(MEASURED / 2)
    seconds = time.monotonic() - since
    percent = {kind: 100 * (after - cpu[kind]) / seconds for kind, after in collector.cpu().items()}
    if look:
        delays = []
        for _ in range(LOOKS):
            delays.append(collector.delay())
            time.sleep(MEASURED / 3 / LOOKS)
        show(hosts, "delay", max(delays), "s")
    output, _ = load.communicate()
    assert load.returncode == 0
    return percent, int(re.search(r"packets (\d+)", output)[1])


def stop(collector):
    """Seconds that it took."""
    begin = time.monotonic()
    assert collector.daemon.stop() == 0
    return time.monotonic() - begin


def bench(directory, hosts):
    reference = Collector(directory / "reference", None)
    without, _ = measure(reference, hosts, False)
    stop(reference)

    collector = Collector(directory / "collector", models(directory / "models", hosts))
    percent, packets = measure(collector, hosts, True)
    show(hosts, "read", percent["reader"], "%")
    show(hosts, "plugin", percent["reader"] + percent["others"] - without["others"], "%")
    show(hosts, "storage", percent["anomaly"], "%")
    show(hosts, "collectd", without["others"], "%")
    show(hosts, "memory", collector.memory(), "MB")
    # the last intervals are judged, and told of
    for _ in range(3 * INTERVAL):
        if collector.scored() < packets:
            time.sleep(1)
    show(hosts, "lost", packets - collector.scored(), "frames")
    show(hosts, "dropped", collector.dropped(), "packets")
    show(hosts, "stop", stop(collector), "s")
    left = re.search(r"(\d+) of \d+ models could not be saved", collector.daemon.log())
    given_up = re.search(r"(\d+) records could not be written", collector.daemon.log())
    show(hosts, "unsaved", sum(int(match[1]) for match in (left, given_up) if match), "models")


def main():
    Daemon.plugin_dir = BUILD / "plugin" / "collectd" / ".libs"
    for hosts in map(int, sys.argv[1:] or ("100", "1000", "10000")):
        with tempfile.TemporaryDirectory(prefix="fleet") as directory:
            bench(pathlib.Path(directory), hosts)


if __name__ == "__main__":
    main()
