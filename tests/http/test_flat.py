#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Many requests, and the server is as large as it was after a tenth of them.

ANOMALY_REQUESTS says how many (default: 20,000; `contrib/check --full':
1,000,000). Four processes of clients, for one would be slower than the server.
"""

import http.client
import os
import re
import sys
import time
from multiprocessing import get_context
from pathlib import Path

try:
    import pytest
except ImportError:
    print("python3-pytest is missing: skipped")
    sys.exit(77)

from dashboard_server import PATIENCE, Server

REQUESTS = int(os.environ.get("ANOMALY_REQUESTS", 20_000))
CLIENTS = 4
PER_CONNECTION = 500

# By then SQLite's caches are full and every thread has its arena: what is left
# is the allocator's own scatter, four bytes a request in the long form.
GROWTH_MAX = 4 << 20

# Three of a database that a worker has opened, and there are some of them.
FILES_MAX = 3 * 16

# path, status
QUESTIONS = [
    ("/healthz", 200),
    ("/api/summary", 200),
    ("/", 200),
    ("/runs?limit=5", 200),
    ("/login", 200),
    ("/api/samples?host=host-1&detector=system&limit=5", 200),
    ("/nothing", 404),
    ("/api/series?host=host-1&detector=system&from=1767200000000&to=1767225600000&points=20", 200),
    ("/api/series?host=host-1&detector=system&from=x", 400),
    ("/runs/1", 404),
    ("/sample?rows=5&seed=1", 200),
    ("/api/hosts", 200),
]


def ask(port, headers, first, number):
    """Returns what was answered otherwise than it should be."""
    wrong = []
    connection = None
    for i in range(first, first + number):
        if connection is None or i % PER_CONNECTION == 0:
            connection and connection.close()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        path, status = QUESTIONS[i % len(QUESTIONS)]
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != status:
            wrong.append((path, answer.status, body[:200]))
    connection.close()
    return wrong


def memory(process):
    """Bytes of its own."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) << 10


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def ask_many(pool, server, headers, number):
    share = number // CLIENTS
    jobs = [(server.port, headers, i * 7, share) for i in range(CLIENTS)]
    assert [wrong for found in pool.starmap(ask, jobs) for wrong in found] == []


def test_memory_and_descriptors_are_flat(database, users):
    server = Server(database, users, verbose=False)
    headers = server.session().headers
    at_first = descriptors(server.process)
    with get_context("spawn").Pool(CLIENTS) as pool:
        ask_many(pool, server, headers, REQUESTS // 10)
        before = memory(server.process)
        ask_many(pool, server, headers, REQUESTS - REQUESTS // 10)
    after = memory(server.process)
    print(f"{REQUESTS} requests: {before} bytes after a tenth, {after} at the end")
    assert after < before + GROWTH_MAX
    # a connection each that queries use, and the last of the clients' may go
    end = time.monotonic() + PATIENCE
    while descriptors(server.process) > at_first + FILES_MAX:
        assert time.monotonic() < end, descriptors(server.process)
        time.sleep(0.1)
    server.stop()


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-q", "-p", "no:cacheprovider"]))
