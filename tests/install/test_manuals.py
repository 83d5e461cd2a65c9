# SPDX-License-Identifier: MIT
"""The manual pages are well-formed, and know every option of their program.

ANOMALY_BUILD_DIR says where the programs have been built (default: here).
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("ANOMALY_BUILD_DIR", ".")).resolve()
SOURCE = Path(__file__).resolve().parents[2]
PAGES = sorted(str(page.relative_to(SOURCE)) for folder in ("plugin", "dashboard")
               for page in (SOURCE / folder).glob("**/*.[1-8]"))


def test_there_are_pages():
    assert len(PAGES) >= 3


@pytest.mark.parametrize("page", PAGES)
def test_lint(page):
    lint = ["mandoc", "-T", "lint", "-W", "warning", page]
    assert subprocess.run(lint, cwd=SOURCE, text=True, capture_output=True).stdout == ""


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith(".1")])
def test_every_option(page):
    program = BUILD / page.removesuffix(".1")
    help_text = subprocess.run([program, "--help"], check=True, text=True, capture_output=True).stdout
    text = subprocess.run(["mandoc", "-T", "ascii", SOURCE / page], check=True, text=True, capture_output=True).stdout
    text = re.sub(r".\x08", "", text)  # bold, as a typewriter has it
    options = set(re.findall(r"--[a-z][a-z-]*", help_text))
    assert options - set(re.findall(r"--[a-z][a-z-]*", text)) == set()
