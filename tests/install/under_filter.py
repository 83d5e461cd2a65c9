#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs a program under the SystemCallFilter of a unit: under_filter.py UNIT PROGRAM [ARGUMENT...]

Where systemd would answer a call that is not on the list with an error, here it
ends the process, so that none goes unnoticed.
"""

import os
import subprocess
import sys

import seccomp


def members(name):
    """The calls of a set, or the one that the name is of."""
    if not name.startswith("@"):
        return {name}
    lines = subprocess.run(
        ["systemd-analyze", "syscall-filter", name], check=True, text=True, capture_output=True
    ).stdout.splitlines()
    words = [line.split("#")[0].strip() for line in lines[1:]]
    return set().union(*(members(word) for word in words if word))


def allowed(unit):
    calls = set()
    for line in open(unit):
        if not line.startswith("SystemCallFilter="):
            continue
        value = line.split("=", 1)[1].strip()
        named = set().union(*(members(name) for name in value.lstrip("~").split()))
        calls = calls - named if value.startswith("~") else calls | named
    return calls


def main():
    unit, *command = sys.argv[1:]
    calls = allowed(unit)
    assert 100 < len(calls) < 400 and "execve" in calls and "mount" not in calls
    seccomp_filter = seccomp.SyscallFilter(seccomp.KILL_PROCESS)
    for call in calls:
        try:
            seccomp_filter.add_rule(seccomp.ALLOW, call)
        except (RuntimeError, ValueError):
            pass  # of another architecture, or newer than this libseccomp
    # called by root alone, who may run these tests, but not the service
    seccomp_filter.add_rule(seccomp.ALLOW, "fchown")
    seccomp_filter.load()
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
