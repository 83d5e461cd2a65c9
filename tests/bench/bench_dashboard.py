#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How fast the dashboard answers, beside what people would use instead.

Prints NAME VALUE UNIT, a figure a line. Needs wrk, python3-fastapi, uvicorn and
python3-sklearn; ANOMALY_BUILD_DIR says where the programs are (default: here).
All on the loopback interface, with the storage's writer running.
"""

import http.client
import json
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parents[1] / "http"))
from dashboard_server import MAKE_DATABASE, Server, set_password  # noqa: E402

SECONDS = 5
CONNECTIONS = 32
DAY = 86_400_000

PEER = """
from fastapi import FastAPI
app = FastAPI()
SUMMARY = {"records": 1000000, "anomalies": 1000, "hosts": 10, "open_runs": 1, "last_ts": 1767225600000}
@app.get("/api/summary")
async def summary():
    return SUMMARY
"""


def tell(name, value, unit):
    print(f"{name} {value:.4g} {unit}", flush=True)


def percentile(times, q):
    return sorted(times)[min(len(times) - 1, int(len(times) * q))]


def load(port, path, headers=()):
    """(requests a second, p99 in ms) of many connections at once."""
    options = [option for header in headers for option in ("-H", header)]
    done = subprocess.run(
        ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}", "--latency", *options, f"http://127.0.0.1:{port}{path}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Non-2xx" not in done, done
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", done).groups()
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1]), float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


class Writer:
    """A filled database and a process that goes on writing to it."""

    def __init__(self, path, hosts, rows):
        self.path = path
        self.process = subprocess.Popen(
            [MAKE_DATABASE, path, "--hosts", str(hosts), "--rows", str(rows), "--follow"], stdout=subprocess.PIPE
        )
        assert self.process.stdout.readline() == b"filled\n"
        self.end = int(time.time() * 1000)

    def stop(self):
        self.process.kill()
        self.process.wait()


# --- requests a second -----------------------------------------------------------


def bench_peer(directory):
    (directory / "peer.py").write_text(PEER)
    peer = subprocess.Popen(
        ["uvicorn", "peer:app", "--port", "18999", "--log-level", "error", "--no-access-log"], cwd=directory
    )
    try:
        time.sleep(3)
        return load(18999, "/api/summary")
    finally:
        peer.terminate()
        peer.wait()


def bench_requests(server, directory):
    cookie = "Cookie: " + server.session().headers["Cookie"]
    rates = {}
    for name, path in (("healthz", "/healthz"), ("summary", "/api/summary"), ("runs", "/api/runs?limit=100")):
        rates[name], p99 = load(server.port, path, [cookie])
        tell(f"dashboard_{name}_requests", rates[name], "1/s")
        tell(f"dashboard_{name}_p99", p99, "ms")
    peer, p99 = bench_peer(directory)
    tell("fastapi_summary_requests", peer, "1/s")
    tell("fastapi_summary_p99", p99, "ms")
    tell("dashboard_summary_over_fastapi", rates["summary"] / peer, "times")


# --- series ----------------------------------------------------------------------


def bench_series(server, end, name, span, count):
    client = server.session()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    times = []
    for i in range(count):  # each asks for another time: none is from the cache
        path = f"/api/series?host=host-1&detector=system&from={end - span - i}&to={end}&points=1000"
        began = time.perf_counter()
        answer = client.request("GET", path, connection=connection)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status == 200
    tell(f"series_{name}_points", len(answer.json["ts"]), "points")
    tell(f"series_{name}_p50", percentile(times, 0.5), "ms")
    tell(f"series_{name}_p99", percentile(times, 0.99), "ms")


# --- detection -------------------------------------------------------------------


def labelled(rows):
    """A table of four features, and which of its rows are odd."""
    noise = random.Random(7)
    table, odd = [], []
    for i in range(rows):
        cpu = 35 + 15 * numpy.sin(i / 229) + noise.gauss(0, 3)
        row = [cpu, 52 + noise.gauss(0, 1), 61 + i / rows + noise.gauss(0, 0.3), 12 + 0.4 * cpu + noise.gauss(0, 2)]
        odd.append(noise.random() < 0.01)
        if odd[-1]:
            feature = noise.randrange(4)
            row[feature] += noise.choice((-1, 1)) * [30, 8, 3, 25][feature] * noise.uniform(0.5, 1.5)
        table.append([round(value, 3) for value in row])
    return table, odd


def bench_detect(server, database):
    rows = 10_000
    table, odd = labelled(rows)
    names = ("cpu", "ram", "disk", "latency_ms")
    body = json.dumps({"points": [{"ts": 1767225600 + 60 * i, **dict(zip(names, row))} for i, row in enumerate(table)]})
    client, ours, theirs = server.session(), [], []
    values = numpy.array(table)
    for _ in range(5):  # in turn: whatever else the machine does hits both
        began = time.perf_counter()
        answer = client.post("/detect", body, {"Content-Type": "application/json"})
        ours.append(time.perf_counter() - began)
        assert answer.status == 200
        began = time.perf_counter()
        forest = IsolationForest(random_state=7).fit(values)
        scores = -forest.score_samples(values)
        theirs.append(time.perf_counter() - began)
    with sqlite3.connect(database) as db:
        (blob,) = db.execute("SELECT score FROM uploads WHERE run_id = ?", (answer.json["run_id"],)).fetchone()
    tell("detect_10000x4", min(ours) * 1000, "ms")
    tell("sklearn_10000x4", min(theirs) * 1000, "ms")
    tell("detect_over_sklearn", min(theirs) / min(ours), "times")
    tell("detect_auc", roc_auc_score(odd, numpy.frombuffer(blob)), "auc")
    tell("sklearn_auc", roc_auc_score(odd, scores), "auc")


def bench_beside_upload(server):
    """Small requests while large uploads are worked on."""
    client = server.session()
    text = "ts,a,b,c,d\n" + "".join(f"{1767225600 + i},{i % 7},{i % 11},{i % 13},{i % 17}\n" for i in range(200_000))
    uploads = [threading.Thread(target=lambda: client.post("/detect", text, {"Content-Type": "text/csv"})) for _ in range(2)]
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for upload in uploads:
        upload.start()
    times = []
    while any(upload.is_alive() for upload in uploads):
        began = time.perf_counter()
        assert client.request("GET", "/api/summary", connection=connection).status == 200
        times.append((time.perf_counter() - began) * 1000)
        time.sleep(0.002)
    for upload in uploads:
        upload.join()
    tell("summary_beside_uploads_p99", percentile(times, 0.99), "ms")


def bench(directory):
    users = directory / "users"
    assert set_password(users).returncode == 0
    writer = Writer(directory / "million.db", 10, 100_000)
    server = Server(writer.path, users, verbose=False)
    bench_requests(server, directory)
    bench_series(server, writer.end, "week", 7 * DAY, 300)
    bench_detect(server, writer.path)
    bench_beside_upload(server)
    server.stop()
    writer.stop()
    writer = Writer(directory / "year.db", 1, 365 * DAY // 10_000)
    server = Server(writer.path, users, verbose=False)
    bench_series(server, writer.end, "year", 365 * DAY, 100)
    server.stop()
    writer.stop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="anomaly-bench-") as made:
        bench(Path(made))
