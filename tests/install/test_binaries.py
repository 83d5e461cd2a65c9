# SPDX-License-Identifier: MIT
"""What compiler and linker were told to do for safety has been done.

ANOMALY_BUILD_DIR says where the programs have been built (default: here), with
configure's own flags.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("ANOMALY_BUILD_DIR", ".")).resolve()
SOURCE = Path(__file__).resolve().parents[2]
PROGRAMS = ["dashboard/anomaly-dashboard", "plugin/replay/anomaly-replay"]
PLUGIN = "plugin/collectd/.libs/anomaly.so"


def readelf(option, name):
    return subprocess.run(
        ["readelf", "--wide", option, BUILD / name], check=True, text=True, capture_output=True
    ).stdout


@pytest.mark.parametrize("name", [*PROGRAMS, PLUGIN])
def test_hardening(name):
    segments = readelf("--segments", name)
    symbols = readelf("--symbols", name)
    assert "GNU_RELRO" in segments
    assert "BIND_NOW" in readelf("--dynamic", name)
    assert re.search(r"GNU_STACK .* RW ", segments), "an executable stack"
    assert "__stack_chk_fail" in symbols
    assert "__memcpy_chk" in symbols and "__snprintf_chk" in symbols, "not fortified"


@pytest.mark.parametrize("name", PROGRAMS)
def test_position_independent(name):
    assert re.search(r"FLAGS_1.*\bPIE\b", readelf("--dynamic", name))


def test_exported():
    """collectd calls it by this name; everything else is the plugin's own."""
    exported = [
        line.split()[7]
        for line in readelf("--dyn-syms", PLUGIN).splitlines()
        if re.search(r" (GLOBAL|WEAK) .* \d+ \S+$", line) and " UND " not in line
    ]
    assert exported == ["module_register"]


@pytest.mark.parametrize("name", [*PROGRAMS, PLUGIN])
def test_no_path_of_the_build(name):
    content = (BUILD / name).read_bytes()
    for directory in (BUILD, SOURCE):
        assert f"{directory}/".encode() not in content
