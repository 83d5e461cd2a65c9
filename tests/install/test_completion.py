# SPDX-License-Identifier: MIT
"""bash completes what --help lists.

ANOMALY_BUILD_DIR says where the programs have been built (default: here).
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ANOMALY_BUILD_DIR", ".")).resolve()
PROGRAMS = {name: BUILD / folder / name for folder, name in
            [("dashboard", "anomaly-dashboard"), ("plugin/replay", "anomaly-replay")]}

# What readline does before it calls the function; compopt works in readline alone.
COMPLETE = r"""
compopt() { :; }
source "$1"
shift
function=$(complete -p "$1" | sed 's/.*-F \([^ ]*\) .*/\1/')
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
"$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


def complete(*words, cwd=None):
    """What the last word may become."""
    path = ":".join(str(program.parent) for program in PROGRAMS.values())
    run = subprocess.run(
        ["bash", "-c", COMPLETE, "bash", BUILD / "contrib/completion" / words[0], *words],
        env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}"}, cwd=cwd, text=True, capture_output=True, check=True)
    assert run.stderr == ""
    return run.stdout.split()


@pytest.mark.parametrize("name", PROGRAMS)
def test_options(name):
    help_text = subprocess.run([PROGRAMS[name], "--help"], check=True, text=True, capture_output=True).stdout
    options = sorted(set(re.findall(r"--[a-z][a-z-]*", help_text)))
    assert len(options) > 5
    assert sorted(complete(name, "--")) == options
    assert complete(name, "--vers") == ["--version"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_lists_every_option(name):
    source = (SOURCE / PROGRAMS[name].relative_to(BUILD).parent / "options.c").read_text()
    known = {f"--{option}" for option in re.findall(r'\{"([a-z-]+)", (?:no|required)_argument', source)}
    assert set(complete(name, "--")) == known


def test_arguments(tmp_path):
    (tmp_path / "anomaly.db").touch()
    (tmp_path / "folder").mkdir()
    for words in [("anomaly-dashboard", "--database"), ("anomaly-dashboard", "--tls-key"), ("anomaly-replay", "--plot")]:
        assert sorted(complete(*words, "", cwd=tmp_path)) == ["anomaly.db", "folder"]
    assert complete("anomaly-dashboard", "--users", "=", cwd=tmp_path) == ["anomaly.db", "folder"]
    assert complete("anomaly-replay", "an", cwd=tmp_path) == ["anomaly.db"]
    assert sorted(complete("anomaly-replay", "--format", "")) == ["csv", "json"]
    assert complete("anomaly-replay", "--format", "j") == ["json"]
    assert complete("anomaly-replay", "--format", "=", "j") == ["json"]
    assert complete("anomaly-replay", "--trees", "", cwd=tmp_path) == []
    assert complete("anomaly-replay", "--label", "", cwd=tmp_path) == []
