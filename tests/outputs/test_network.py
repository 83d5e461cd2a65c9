# SPDX-License-Identifier: MIT
"""The network plugin to another collectd, encrypted."""

import socket

import pytest

from collectd_daemon import csv_values, wait_for
from judgements import HOST, assert_reads_back, have_incident
from servers import configuration, free_port


@pytest.fixture(scope="module")
def daemons(module_collectd, tmp_path_factory):
    """The sender, and the receiver, which judges nothing itself."""
    port = free_port(socket.SOCK_DGRAM)
    auth_file = tmp_path_factory.mktemp("auth") / "auth_file"
    auth_file.write_text("hosts: change-me\n")
    receiver = module_collectd(
        anomaly='<Detector "system">\nHost "nobody"\n</Detector>',
        plugins=configuration(
            "outputs/network/collector.conf",
            {"0.0.0.0": "127.0.0.1", "25826": port, "/etc/collectd/auth_file": auth_file},
        )
        + configuration("outputs/csv/collectd.conf", {"/var/lib/collectd": "@DIR@"}),
        hostname="collector",
    ).start()
    sender = module_collectd(
        plugins=configuration("outputs/anomaly.conf")
        + configuration("outputs/network/collectd.conf", {"collector.example.com": "127.0.0.1", "25826": port}),
        interval=0.1,
    ).start()
    have_incident(sender)
    return sender, receiver


def test_values(daemons):
    sender, receiver = daemons

    def read(name):
        # the plugin sends full packets, or what there is of one when told to
        sender.command("FLUSH plugin=network")
        return {round(time): number for time, number in csv_values(receiver, HOST, name)}

    assert_reads_back(sender, read)


def test_notifications(daemons):
    sender, receiver = daemons
    sent = [n for n in sender.notifications() if n.host == HOST]
    assert sent and sent[-1].severity == "WARNING"
    wait_for(lambda: [n for n in receiver.notifications() if n.host == HOST] == sent, "the notifications")
