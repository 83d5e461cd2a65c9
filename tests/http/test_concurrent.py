#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Eight clients at once, who do all that can be done, while the storage's writer
goes on. Built with -fsanitize=thread it looks for races: the server's exit
status tells of them."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

try:
    import pytest
except ImportError:
    print("python3-pytest is missing: skipped")
    sys.exit(77)

from dashboard_server import MAKE_DATABASE

CLIENTS = 8
ROUNDS = int(os.environ.get("ANOMALY_ROUNDS", 10))


@pytest.fixture
def written(tmp_path):
    """A database that somebody is writing to."""
    path = tmp_path / "anomaly.db"
    writer = subprocess.Popen([MAKE_DATABASE, path, "--follow"], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"filled\n"
    yield path
    writer.kill()
    writer.wait()
    writer.stdout.close()


def points(number):
    return [{"ts": i, "cpu": 50 + i * (number + 7) % 5 if i != 40 else 500} for i in range(80)]


def read_all(client):
    for path in ("/", "/login", "/healthz", "/api/summary", "/api/hosts", "/runs", "/sample?rows=50"):
        assert client.get(path).status == 200, path
    for query in ({"points": 100}, {"from": 0, "points": 10}):
        answer = client.get("/api/series", host="host-1", detector="system", **query)
        assert answer.status == 200 and answer.json, answer
    assert client.get("/api/samples", host="host-2", detector="system", limit=20).status == 200


def live(server, number, client):
    """Uploads, looks at it, and deletes it; judges a run; logs out."""
    ids = []
    for i in range(ROUNDS):
        read_all(client)
        upload = client.detect(points(number + i)).json
        assert 40 in [anomaly["ts"] for anomaly in upload["anomalies"]]
        run = f"/runs/{upload['run_id']}"
        assert client.get(run).json["anomalies_found"] == upload["anomalies_found"]
        verdict = '{"verdict": "%s", "note": "%d"}' % (("expected", "incident")[i % 2], number)
        assert client.post(f"{run}/verdict", verdict).status == 200
        if i % 2 == 0:
            assert client.delete(run).status == 200
        else:
            ids.append(upload["run_id"])
        assert server.client(basic=("nobody", "x")).get("/api/summary").status in (401, 429)
    assert client.post("/logout").status == 303
    assert client.get("/api/summary").status == 401
    return ids


def test_eight_clients_and_a_writer(start, written):
    server = start(written)
    # one after the other: a login under way counts as a failed one
    sessions = [server.session() for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        kept = [run for ids in pool.map(live, [server] * CLIENTS, range(CLIENTS), sessions) for run in ids]
    assert len(kept) == CLIENTS * (ROUNDS // 2)
    with sqlite3.connect(written) as db:
        uploads = [run for (run,) in db.execute("SELECT id FROM runs WHERE source <> 'live' ORDER BY id")]
    assert uploads == sorted(kept)
    server.stop()


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-q", "-p", "no:cacheprovider"]))
