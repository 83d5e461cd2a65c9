# SPDX-License-Identifier: MIT
"""A saved model goes on bit for bit, whichever compiler built the program that
saved it and the one that restores it.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ANOMALY_BUILD_DIR", "."))
BUILDS = [("gcc", "-O0"), ("gcc", "-O2"), ("gcc", "-O3 -march=native"), ("clang", "-O2")]


def our_flags():
    """What configure adds to whatever CFLAGS a packager gives."""
    makefile = (BUILD / "Makefile").read_text()
    return re.search(r"^anomaly_CFLAGS = (.*)$", makefile, re.M).group(1).split()


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bits")
    sources = [SOURCE / "tests/unit/saved_scores.c", *sorted((SOURCE / "plugin/detector").glob("*.c"))]
    made = []
    for compiler, flags in BUILDS:
        program = folder / f"saved_scores{len(made)}"
        subprocess.run(
            [compiler, *our_flags(), *flags.split(), f"-I{SOURCE}", "-o", program, *sources, "-lm"],
            check=True,
        )
        made.append(program)
    return made


def say(program, mode, image):
    return subprocess.run([program, mode, image], stdout=subprocess.PIPE, check=True).stdout


def test_same_bits(programs, tmp_path):
    said = [say(program, "make", tmp_path / program.name) for program in programs]
    images = [(tmp_path / program.name).read_bytes() for program in programs]
    assert len(said[0]) > 10000 * 11 * 8, "of each frame a verdict, and suspects of most"
    for build, other, image in zip(BUILDS, said, images):
        assert image == images[0], f"saved by {build} and by {BUILDS[0]}"
        assert other == said[0], f"by {build} and by {BUILDS[0]}"
    for build, program in zip(BUILDS, programs):
        other = say(program, "restore", tmp_path / programs[0].name)
        assert other == said[0], f"restored by {build}"
