# SPDX-License-Identifier: MIT
"""A host whose metrics are made up for the purpose, handed in through unixsock
under the names that the plugins cpu, memory, df and interface use."""

import random
import threading
import time

from collectd_daemon import wait_for

# the built-in detector's
FEATURES = ["cpu", "memory", "disk", "network", "errors"]
PORTION = 200


class Machine:
    def __init__(self, daemon, host="web-1", interval=10, history=10800, behind=300):
        """`history` seconds of its past are judged when it returns; its clock
        then stands that far `behind`, since databases do not look ahead."""
        self.daemon = daemon
        self.host = host
        self.interval = interval
        self.time = int(time.time() - behind - history) // interval * interval
        self.random = random.Random(host)
        self.jiffies = {"user": 0, "idle": 0}
        self.octets = 0
        self.errors = 0
        self.live(history)

    def live(self, seconds, **incident):
        """Emits these seconds, and returns once they have been judged."""
        frames = int(seconds / self.interval)
        for portion in range(0, frames, PORTION):
            commands = []
            for _ in range(min(PORTION, frames - portion)):
                commands += self.next_interval(**incident)
            self.daemon.command(*commands)
            # the last frame may still be open
            judged = self.time - 2 * self.interval
            wait_for(
                lambda: self.daemon.last_time(f"{self.host}/anomaly-system/gauge-score") >= judged,
                f"judgement of {self.host}",
            )
        return self

    def next_interval(self, cpu=20, errors=0):
        """The commands that emit it; `cpu` is in percent, `errors` a second."""
        busy = min(max(self.random.gauss(cpu, 1), 0), 100)
        used = self.random.gauss(4e9, 1e7)
        self.jiffies["user"] += round(busy * self.interval)
        self.jiffies["idle"] += round((100 - busy) * self.interval)
        self.octets += int(self.random.gauss(2e5, 1e4)) * self.interval
        self.errors += errors * self.interval
        values = {
            **{f"cpu-0/cpu-{state}": jiffies for state, jiffies in self.jiffies.items()},
            "memory/memory-used": f"{used:.0f}",
            "memory/memory-free": f"{8e9 - used:.0f}",
            "df-root/df_complex-used": f"{self.random.gauss(3e10, 1e7):.0f}",
            "df-root/df_complex-free": "70000000000",
            "interface-eth0/if_octets": f"{self.octets}:{self.octets}",
            "interface-eth0/if_errors": f"{self.errors}:0",
        }
        now, self.time = self.time, self.time + self.interval
        return [
            f'PUTVAL "{self.host}/{name}" interval={self.interval} {now}:{value}' for name, value in values.items()
        ]


class LiveMachine(Machine):
    """Goes on in a thread, by the clock, every second."""

    def __init__(self, daemon, host="web-1", history=5400):
        super().__init__(daemon, host, 1, history, behind=0)
        self.incident = {}
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.ended.wait(max(0, self.time + self.interval - time.time())):
            self.daemon.command(*self.next_interval(**self.incident))

    def end(self):
        self.ended.set()
        self.thread.join()
