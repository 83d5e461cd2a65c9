# SPDX-License-Identifier: MIT
"""mqtt to mosquitto, read back by mosquitto_sub."""

import collections
import subprocess

import pytest

from collectd_daemon import DEADLINE, wait_for
from judgements import ALL_NAMES, HOST, assert_reads_back, same, have_incident
from servers import Mosquitto, configuration

TOPIC = f"collectd/{HOST}/anomaly-system/"


class Subscriber:
    """Keeps what mosquitto_sub has printed of the plugin's topics."""

    def __init__(self, directory, port, *options):
        self.file = directory / "messages"
        with open(self.file, "w") as file:
            # each line at once, as to a terminal
            self.process = subprocess.Popen(
                ["stdbuf", "-oL", "mosquitto_sub", "-p", str(port), "-t", TOPIC + "#", "-F", "%t %p", *options], stdout=file
            )

    def numbers(self):
        """By name, numbers by time in seconds."""
        by_name = collections.defaultdict(dict)
        # the payload ends with a NUL; a line may be half written
        for line in self.file.read_text().replace("\0", "").splitlines(keepends=True):
            if line.endswith("\n"):
                topic, payload = line.split()
                time, number = payload.split(":")
                by_name[topic.removeprefix(TOPIC)][round(float(time))] = float(number)
        return by_name

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE)


@pytest.fixture(scope="module")
def broker(run_server):
    return run_server(Mosquitto)


@pytest.fixture(scope="module")
def subscriber(broker, tmp_path_factory):
    subscriber = Subscriber(tmp_path_factory.mktemp("subscriber"), broker.port)
    yield subscriber
    subscriber.stop()


@pytest.fixture(scope="module")
def daemon(module_collectd, broker, subscriber):
    daemon = module_collectd(
        plugins=configuration("outputs/anomaly.conf")
        + configuration("outputs/mqtt/collectd.conf", {"1883": broker.port}),
        # the broker keeps what came last: of hours in a second, let it be the newest
        before="WriteThreads 1",
        interval=0.1,
    ).start()
    have_incident(daemon)
    return daemon


def test_values(daemon, subscriber):
    assert_reads_back(daemon, lambda name: subscriber.numbers()[name])


def test_a_late_subscriber_has_the_last_values(daemon, subscriber, broker, tmp_path):
    test_values(daemon, subscriber)
    late = Subscriber(tmp_path, broker.port, "--retained-only")
    try:
        wait_for(lambda: set(late.numbers()) >= ALL_NAMES, "the retained messages")
    finally:
        late.stop()
    before = subscriber.numbers()
    for name, numbers in late.numbers().items():
        ((second, number),) = numbers.items()
        assert second == max(before[name]) and same(number, before[name][second])


def test_notifications_are_not_sent(daemon, subscriber):
    assert [n for n in daemon.notifications() if n.host == HOST]
    test_values(daemon, subscriber)
    assert set(subscriber.numbers()) == ALL_NAMES
