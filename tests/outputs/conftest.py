# SPDX-License-Identifier: MIT
"""Fixtures: collectd with the plugin in it, and servers for its values."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "collectd"))

from collectd_fixtures import collectd, module_collectd, plugin_dir  # noqa: E402, F401


@pytest.fixture(scope="module")
def run_server(tmp_path_factory):
    """run_server(Class, ...) is a started server of servers.py, stopped at the
    end."""
    servers = []

    def run(kind, *arguments):
        servers.append(kind(tmp_path_factory.mktemp(kind.__name__.lower()), *arguments))
        return servers[-1].start()

    yield run
    for server in servers:
        server.stop()
