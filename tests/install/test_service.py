# SPDX-License-Identifier: MIT
"""The unit of the dashboard: how much it exposes, and that its list of system
calls is enough.

ANOMALY_BUILD_DIR says where it has been built (default: here). The package test
runs the service itself, by systemd.
"""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "http"))

import dashboard_server  # noqa: E402

UNIT = dashboard_server.BUILD / "contrib/systemd/anomaly-dashboard.service"


def test_exposure():
    """At most 2.0 of 10."""
    subprocess.run(["systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=20", UNIT], check=True)


@pytest.fixture
def filtered(tmp_path, monkeypatch):
    """In place of the dashboard, the same under the unit's filter."""
    program = tmp_path / "anomaly-dashboard"
    program.write_text(f'#!/bin/sh\nexec "{HERE}/under_filter.py" "{UNIT}" "{dashboard_server.DASHBOARD}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(dashboard_server, "DASHBOARD", program)


def test_system_calls(tmp_path, filtered):
    """All of tests/http passes so, see contrib/check --full; here is a bit of each kind."""
    users = tmp_path / "users"
    database = dashboard_server.make_database(tmp_path / "anomaly.db", "--end", dashboard_server.END)
    assert dashboard_server.set_password(users).returncode == 0
    server = dashboard_server.Server(database, users)
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    assert "\nSeccomp:\t2\n" in status
    client = server.session()
    assert client.get("/api/summary").json["records"] > 0
    table = client.get("/sample", rows=20000, seed=1).text  # enough for a file in TMPDIR
    run = client.detect_csv(table).json["run_id"]
    assert client.post(f"/runs/{run}/verdict", '{"verdict": "expected"}').status == 200
    assert client.delete(f"/runs/{run}").status in (200, 204)
    server.stop()
