# SPDX-License-Identifier: MIT
"""A run of the plugin's arrives at Alertmanager's receiver once and is resolved
once: through Prometheus, and through the example program of exec."""

import getpass
import os
import re
import shutil
import tempfile
import time
import urllib.request

import pytest

from collectd_daemon import DEADLINE, wait_for
from machine import LiveMachine
from servers import CONTRIB, Prometheus, Server, configuration, free_port

HOST = "web-1"


class Alertmanager(Server):
    """contrib's, quicker, with a receiver of the test's."""

    def __init__(self, directory, receiver):
        super().__init__(directory)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        text = configuration(
            "prometheus/alertmanager.yml",
            {"http://127.0.0.1:8081": receiver.url, "group_wait: 30s": "group_wait: 1s", "group_interval: 5m": "group_interval: 1s"},
        )
        self.config = self.write("alertmanager.yml", text)

    def command(self):
        return [
            "prometheus-alertmanager",
            f"--config.file={self.config}",
            f"--storage.path={self.directory}/data",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
        ]

    def ready(self):
        with urllib.request.urlopen(f"{self.url}/-/ready", timeout=DEADLINE) as answer:
            return answer.status == 200


@pytest.fixture
def alertmanager(run_server, receiver):
    receiver.posts.clear()
    return run_server(Alertmanager, receiver)


def told(receiver, name, status):
    """The alerts of that name which the receiver was told of in this state."""
    return [
        alert
        for path, message in list(receiver.posts)
        for alert in message["alerts"]
        if alert["labels"]["alertname"] == name and alert["status"] == status
    ]


def one_incident(daemon, receiver, name):
    """The alert that it makes, as it was told at the beginning and at the end."""
    machine = LiveMachine(daemon, HOST)
    try:
        assert receiver.posts == []  # nor before the incident
        machine.incident = {"cpu": 95, "errors": 50}
        wait_for(lambda: told(receiver, name, "firing"), f"{name} to fire")
        machine.incident = {}
        wait_for(lambda: told(receiver, name, "resolved"), f"{name} to be resolved")
        # nothing comes after it, for a few of the group's intervals
        time.sleep(3)
    finally:
        machine.end()
    (firing,) = told(receiver, name, "firing")
    (resolved,) = told(receiver, name, "resolved")
    assert len(receiver.posts) == 2
    return firing, resolved


def test_by_prometheus(collectd, run_server, alertmanager, receiver):
    port = free_port()
    daemon = collectd(
        plugins=configuration("outputs/anomaly.conf") + configuration("outputs/prometheus/collectd.conf", {"9103": port}),
        interval=0.1,
    ).start()
    scrape = configuration("outputs/prometheus/prometheus.yml", {"9103": port, "10s": "1s"})
    tell = configuration(
        "prometheus/alerting.yml",
        {"9093": alertmanager.port, "anomaly.rules.yml": CONTRIB / "prometheus" / "anomaly.rules.yml"},
    )
    run_server(Prometheus, f"global:\n  evaluation_interval: 1s\n{scrape}{tell}")
    firing, resolved = one_incident(daemon, receiver, "AnomalyRunOpen")
    assert receiver.posts[0][0] == "/mail"
    for alert in (firing, resolved):
        assert alert["labels"]["instance"] == HOST
        assert alert["labels"]["anomaly"] == "system"
    # the rule names the suspects
    assert re.search(r"score 0\.\d+ above 0\.\d+\. Suspects:.* (cpu|errors) \d+ %", firing["annotations"]["description"])


@pytest.fixture
def program():
    """A copy of the example that anybody may run, unlike what is in tmp_path."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        yield shutil.copy(CONTRIB / "notify" / "anomaly-to-alertmanager", directory)


def test_by_exec(collectd, alertmanager, receiver, program):
    replacements = {"/usr/local/bin/anomaly-to-alertmanager": program, "9093": alertmanager.port}
    if os.getuid() != 0:
        replacements["nobody"] = getpass.getuser()
    daemon = collectd(plugins=configuration("notify/exec.conf", replacements), interval=0.1).start()
    firing, resolved = one_incident(daemon, receiver, "AnomalyRun")
    opening, closing = daemon.notifications()
    assert firing["labels"] == resolved["labels"]
    assert firing["labels"]["instance"] == HOST
    assert firing["annotations"]["summary"] == opening.message
    assert resolved["annotations"]["summary"] == closing.message
