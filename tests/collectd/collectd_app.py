# SPDX-License-Identifier: MIT
"""Values made for the purpose, handed in through the unixsock plugin: their
times are their own, so hours pass in a second."""

import random
import time

from collectd_daemon import wait_for

PORTION = 500

# It may run under valgrind, on a machine that may be busy.
LONG_DEADLINE = 300

DETECTOR = """
<Detector "app">
  WarmUp 600
  {options}
  <Feature "latency">
    Plugin "app"
    Type "gauge"
    TypeInstance "latency"
    Unit "ms"
    Noise 1
  </Feature>
  <Feature "users">
    Plugin "app"
    Type "gauge"
    TypeInstance "users"
  </Feature>
</Detector>
"""

# For a receiver's url.
NOTIFY = """
LoadPlugin write_http
<Plugin write_http>
  <Node "notifications">
    URL "%s/notifications"
    Format "JSON"
    Metrics false
    Notifications true
  </Node>
</Plugin>
"""


class App:
    """A host with two metrics; its clock starts long ago and is told to go on."""

    def __init__(self, daemon, host="web-1", behind=7200):
        self.daemon = daemon
        self.host = host
        self.time = int(time.time()) - behind
        self.random = random.Random(1)

    def live(self, seconds, latency=20, users=100):
        """Returns once these seconds have been judged."""
        # in portions: the plugin holds a bounded number of frames between reads
        for portion in range(0, seconds, PORTION):
            lines = []
            for _ in range(min(PORTION, seconds - portion)):
                for name, value, spread in (("latency", latency, 2), ("users", users, 5)):
                    number = self.random.gauss(value, spread)
                    lines.append(f'PUTVAL "{self.host}/app/gauge-{name}" interval=1 {self.time}:{number:.6f}')
                self.time += 1
            self.daemon.command(*lines)
            wait_for(
                lambda: self.daemon.last_time(f"{self.host}/anomaly-app/gauge-score") >= self.time - 2,
                f"judgement of {self.host}",
                LONG_DEADLINE,
            )
        return self

    def wait(self):
        """Until it is in the database too, but for the last frame, which may
        still have been open."""
        wait_for(
            lambda: (self.daemon.value("SELECT max(ts) FROM samples_app WHERE host = ?", self.host) or 0)
            >= (self.time - 2) * 1000,
            f"the samples of {self.host}",
            LONG_DEADLINE,
        )
        return self


def app_daemon(collectd, options="", plugins="", complaints_expected=False):
    # the plugin reads, and judges, ten times a second
    daemon = collectd(anomaly=DETECTOR.format(options=options), plugins=plugins, interval=0.1)
    daemon.complaints_expected = complaints_expected
    return daemon


def told(receiver):
    """What people have heard of runs, in this order: pairs of the severity and
    the run's id."""
    return [
        ("OKAY" if alert["labels"]["severity"] == "OKAY" else "opening", int(alert["annotations"]["run"]))
        for alert in receiver.received("/notifications")
    ]


def severities(daemon, host="web-1"):
    """Of the notifications about a host's runs, in their order."""
    return ["OKAY" if n.severity == "OKAY" else "opening" for n in daemon.notifications() if n.host == host]
