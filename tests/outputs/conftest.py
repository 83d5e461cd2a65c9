# SPDX-License-Identifier: MIT
"""Fixtures: collectd with the plugin in it, and servers for its values."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "collectd"))

from collectd_fixtures import collectd, module_collectd, plugin_dir  # noqa: E402, F401
from servers import run_server  # noqa: E402, F401
