# SPDX-License-Identifier: MIT
"""Passwords do not stay in the dashboard's memory.

ANOMALY_BUILD_DIR says where it has been built (default: here).
"""

import base64
import re
import sys
import time
from pathlib import Path
from urllib.parse import quote_plus

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "http"))

import dashboard_server  # noqa: E402

NAME = "a-name-to-look-for"
PASSWORD = "Zwölf Boxkämpfer: jagen Viktor"


def writable_memory(pid):
    """All that the process can write to, span by span."""
    with open(f"/proc/{pid}/maps") as spans, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for span in spans:
            begin, end, access = re.match(r"(\w+)-(\w+) (\S+)", span).groups()
            if "w" in access:
                memory.seek(int(begin, 16))
                yield memory.read(int(end, 16) - int(begin, 16))


def is_in_memory(pid, text):
    return any(text in span for span in writable_memory(pid))


def test_memory(tmp_path):
    users = tmp_path / "users"
    assert dashboard_server.set_password(users, NAME, PASSWORD).returncode == 0
    server = dashboard_server.Server(dashboard_server.make_database(tmp_path / "anomaly.db"), users)
    assert server.client(basic=None).login(NAME, PASSWORD).status == 303
    assert server.client(basic=None).login(NAME, PASSWORD + "?").status == 401
    assert server.client(basic=(NAME, PASSWORD)).get("/api/summary").status == 200

    pid = server.process.pid
    forms = {
        "as it is": PASSWORD.encode(),
        "of the form": quote_plus(PASSWORD).encode(),
        # without its end, which depends on what follows
        "of HTTP Basic": base64.b64encode(f"{NAME}:{PASSWORD}".encode())[:-4],
    }
    # the connections of these requests end within the server a moment later
    deadline = time.monotonic() + dashboard_server.PATIENCE
    while any(is_in_memory(pid, form) for form in forms.values()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [which for which, form in forms.items() if is_in_memory(pid, form)] == []
    assert is_in_memory(pid, NAME.encode()), "what is there is not found"
    server.stop()
