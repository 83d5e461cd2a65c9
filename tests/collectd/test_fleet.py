# SPDX-License-Identifier: MIT
"""Many hosts that send by the network plugin: none of their values is lost."""

import pathlib
import subprocess

import pytest

from collectd_daemon import DEADLINE, Daemon, wait_for

HOSTS = 100
SECONDS = 5


def listen(port, security, auth_file):
    options = "" if security == "none" else f'SecurityLevel "{security}"\nAuthFile "{auth_file}"'
    return f'LoadPlugin network\n<Plugin network>\n<Listen "127.0.0.1" "{port}">\n{options}\n</Listen>\n</Plugin>'


def send(port, *options):
    """Returns once all hosts have sent their intervals."""
    load = Daemon.plugin_dir.parents[2] / "tests" / "bench" / "collectd_load"
    subprocess.run(
        [load, f"--port={port}", f"--hosts={HOSTS}", "--interval=1", f"--seconds={SECONDS}", *options],
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=DEADLINE,
    )


@pytest.mark.parametrize("security", ["none", "sign", "encrypt"])
def test_every_interval_of_every_host_is_judged(collectd, udp_port, tmp_path, security):
    auth_file = tmp_path / "users"
    auth_file.write_text("fleet: secret\n")
    daemon = collectd(plugins=listen(udp_port, security, auth_file), interval=0.2).start()
    send(udp_port, f"--security={security}", "--user=fleet", "--password=secret")
    wait_for(
        lambda: (daemon.value("SELECT count(*) FROM samples_system") or 0) >= HOSTS * SECONDS,
        "the intervals",
    )
    rows = daemon.query(
        "SELECT host, count(*) AS intervals, min(ts) AS first, max(ts) AS last,"
        " count(cpu) AS cpu, count(memory) AS memory, count(disk) AS disk,"
        " count(network) AS network, count(errors) AS errors FROM samples_system GROUP BY host"
    )
    assert {row["host"] for row in rows} == {f"host-{i}" for i in range(HOSTS)}
    for row in rows:
        assert row["intervals"] == SECONDS
        assert row["last"] - row["first"] == 1000 * (SECONDS - 1)
        assert row["cpu"] == row["memory"] == row["disk"] == SECONDS
        # a rate takes two values
        assert row["network"] == row["errors"] == SECONDS - 1



def test_shards_divide_the_hosts(collectd, udp_ports):
    text = (pathlib.Path(__file__).parents[2] / "contrib" / "examples" / "shard.conf").read_text()
    network = text[text.index("LoadPlugin network") :].replace("0.0.0.0", "127.0.0.1")
    assert "25826" in network and "Match 0 2" in network
    shards = []
    for group, port in enumerate(udp_ports):
        plugins = network.replace("25826", str(port)).replace("Match 0 2", f"Match {group} 2")
        shards.append(collectd(plugins=plugins, interval=0.2).start())
        send(port)
    count = "SELECT count(*) FROM samples_system"
    wait_for(lambda: sum(shard.value(count) or 0 for shard in shards) >= HOSTS * SECONDS, "the intervals")
    first, second = ({row["host"] for row in shard.query("SELECT host FROM samples_system")} for shard in shards)
    assert not first & second
    assert first | second == {f"host-{i}" for i in range(HOSTS)}
    assert min(len(first), len(second)) > HOSTS / 4
