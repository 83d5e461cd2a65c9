# SPDX-License-Identifier: MIT
"""Fixtures: collectd with the plugin in it, and servers that tell people."""

import pathlib
import sys

for directory in ("collectd", "outputs"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / directory))

from collectd_fixtures import collectd, plugin_dir, receiver  # noqa: E402, F401
from servers import run_server  # noqa: E402, F401
