# SPDX-License-Identifier: MIT
"""What contrib/examples shows is what collectd takes."""

import pathlib
import re
import subprocess

import pytest

from collectd_daemon import COLLECTD, SYSTEM_PLUGIN_DIR, Daemon, environment

EXAMPLES = sorted((pathlib.Path(__file__).parents[2] / "contrib" / "examples").glob("*.conf"))


def test_there_are_examples():
    assert EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_accepted(tmp_path, example):
    # the examples use the paths of an installed collectd; keep off them
    text = example.read_text().replace("/var/lib/collectd", str(tmp_path))
    text, loads = re.subn(
        r"^LoadPlugin anomaly$",
        f'PluginDir "{Daemon.plugin_dir}"\nLoadPlugin anomaly\nPluginDir "{SYSTEM_PLUGIN_DIR}"',
        text,
        flags=re.MULTILINE,
    )
    assert loads == 1
    config = tmp_path / "collectd.conf"
    config.write_text(f'BaseDir "{tmp_path}"\nPIDFile "{tmp_path}/pid"\nFQDNLookup false\n{text}')
    # -T: loads the plugins, starts them, reads once
    run = subprocess.run(
        [COLLECTD, "-T", "-C", config],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
    )
    assert run.returncode == 0, run.stderr
    assert not re.search("anomaly plugin: .*|unknown|Unable to load", run.stderr), run.stderr
