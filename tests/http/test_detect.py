#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Uploads: what is found, what is kept, what is refused, and that others need
not wait."""

import socket
import sys
import threading
import time

try:
    import pytest
except ImportError:
    print("python3-pytest is missing: skipped")
    sys.exit(77)

DAY = 1767225600


def points(rows=200, odd=(150,)):
    return [
        {"ts": DAY + 60 * i, "cpu": 95 if i in odd else 20 + i % 7, "ram": 40 + i % 5, "latency_ms": None if i % 50 == 3 else 12.5 + i % 3}
        for i in range(rows)
    ]


def upload(client, rows=200, odd=(150,)):
    answer = client.detect(points(rows, odd))
    assert answer.status == 200, answer
    return answer.json


@pytest.fixture
def runs(client):
    """Whether anything has been saved since."""
    before = [run["id"] for run in client.get("/runs").json]
    return lambda: [run for run in client.get("/runs").json if run["id"] not in before]


# --- what is found -------------------------------------------------------------


def test_the_odd_row_is_found(client, runs):
    answer = upload(client)
    assert set(answer) >= {"run_id", "total_points", "anomalies_found", "anomalies"}
    assert (answer["total_points"], answer["anomalies_found"]) == (200, len(answer["anomalies"]))
    found = [anomaly for anomaly in answer["anomalies"] if anomaly["ts"] == DAY + 60 * 150]
    assert len(found) == 1
    assert found[0]["fields"][0] == found[0]["suspects"][0]["feature"] == "cpu"
    assert found[0]["suspects"][0]["value"] == 95
    assert found[0]["note"].startswith("cpu 95, usual 20 to 26")
    assert 0 < found[0]["score"] <= 1
    (run,) = runs()
    assert (run["id"], run["source"], run["host"]) == (answer["run_id"], "api", None)
    assert (run["started_at"], run["ended_at"], run["peak_at"]) == (DAY * 1000, (DAY + 199 * 60) * 1000, (DAY + 150 * 60) * 1000)


@pytest.mark.parametrize("pause", [None, 0.3])
def test_a_password_is_verified_before_the_body_comes(start, database, pause):
    """As curl sends it, with no request before it."""
    server = start(database)  # which has verified no password yet
    body = "ts,cpu\n" + "".join(f"{DAY + 60 * i},{i % 7}\n" for i in range(200))
    head = (
        f"POST /detect HTTP/1.1\r\nHost: localhost\r\nAuthorization: {server.client().headers['Authorization']}\r\n"
        f"Content-Type: text/csv\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        if pause:
            connection.sendall(head.encode())
            time.sleep(pause)
            connection.sendall(body.encode())
        else:
            connection.sendall((head + body).encode())
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert b'"total_points":200,' in answer


def test_it_is_kept_with_its_data(client):
    answer = upload(client)
    run = client.get(f"/runs/{answer['run_id']}").json
    assert [anomaly["ts"] for anomaly in run["anomalies"]] == [1000 * anomaly["ts"] for anomaly in answer["anomalies"]]
    assert run["anomalies"][0]["suspects"] == answer["anomalies"][0]["suspects"]
    series = client.get("/api/series", run=answer["run_id"]).json
    assert series["ts"] == [1000 * point["ts"] for point in points()]
    assert series["interval"] == 60000
    features = {feature["name"]: feature for feature in series["features"]}
    for name in ("cpu", "ram", "latency_ms"):
        assert features[name]["min"] == features[name]["max"] == [point[name] for point in points()]
    assert series["flagged"][150] == 1
    few = client.get("/api/series", run=answer["run_id"], points=10).json
    assert len(few["ts"]) <= 11 and max(few["features"][0]["max"]) == 95


def test_uploads_are_deleted(client, runs):
    upload(client)
    (run,) = runs()
    assert client.delete(f"/runs/{run['id']}").status == 200
    assert runs() == []
    for answer in (client.get(f"/runs/{run['id']}"), client.get("/api/series", run=run["id"]), client.delete(f"/runs/{run['id']}")):
        assert answer.status == 404


def test_the_same_upload_says_the_same(client):
    once, again = upload(client), upload(client)
    assert once.pop("run_id") < again.pop("run_id")
    assert once == again


def test_ts_comes_back_as_it_came(client):
    stamps = [1767225600, 1767225660.25, "2026-01-01T00:02:00Z", "2026-01-01 00:03:00", 1767225840000, "1767225900"]
    rows = [{"ts": DAY - 60 * i, "a": i % 3} for i in range(100, 0, -1)]
    rows += [{"ts": ts, "a": 1000 + i} for i, ts in enumerate(stamps)]
    got = [anomaly["ts"] for anomaly in client.detect(rows).json["anomalies"]]
    assert got == stamps and [type(ts) for ts in got] == [type(ts) for ts in stamps]


def test_any_names(client):
    names = ["score", "host", 'quo"te', "back\\slash", "ünï", "a b", "'; DROP TABLE runs --", "x" * 300]
    rows = [{"ts": DAY + i, **{name: i % 3 for name in names}} for i in range(50)]
    rows.append({"ts": DAY + 50, **{name: 1e6 for name in names}})
    answer = client.detect(rows)
    assert answer.status == 200, answer
    assert set(answer.json["anomalies"][-1]["fields"]) <= set(names)
    series = client.get("/api/series", run=answer.json["run_id"]).json
    assert [feature["name"] for feature in series["features"]] == names


def test_columns_may_appear_late(client):
    rows = [{"ts": DAY + i} for i in range(3)] + [{"ts": DAY + 3, **{f"f{j}": j for j in range(64)}}]
    answer = client.detect(rows).json
    series = client.get("/api/series", run=answer["run_id"]).json
    assert [feature["max"] for feature in series["features"]] == [[None] * 3 + [j] for j in range(64)]


def test_csv(client, runs):
    lines = ["ts,cpu,ram"] + [f"2026-01-01T00:{i // 60:02}:{i % 60:02}Z,{95 if i == 70 else 20 + i % 7},{'' if i == 5 else 40}" for i in range(120)]
    answer = client.detect_csv("\r\n".join(lines)).json
    assert answer["total_points"] == 120
    assert answer["anomalies"][0]["ts"] == "2026-01-01T00:01:10Z"
    assert runs()[0]["source"] == "upload"


def test_same_times(client):
    rows = [{"ts": DAY, "a": i % 3} for i in range(50)] + [{"ts": DAY, "a": 99}, {"ts": DAY, "a": 999}]
    answer = client.detect(rows).json
    assert answer["anomalies_found"] == 2
    (kept,) = client.get(f"/runs/{answer['run_id']}").json["anomalies"]
    assert kept["score"] == max(anomaly["score"] for anomaly in answer["anomalies"])


# --- what is refused -----------------------------------------------------------

BAD_JSON = [
    ("", "points"),
    ("[]", "points"),
    ("{}", "points"),
    ('{"points":{}}', "points"),
    ('{"points":[]}', "row"),
    ('{"points":[{"ts":1,"a":1}]', "points"),
    ('{"points":[{"ts":1,"a":1}]} x', "points"),
    ('{"points":[{"ts":1,"a":1} {"ts":2,"a":1}]}', "row 2"),
    ('{"points":[{"ts":1,"a":1},]}', "row 2"),
    ('{"points":[{"ts":1,"a":1},7]}', "row 2"),
    ('{"points":[{"ts":1,"a":1},{"ts":2,"a":1', "row 2"),
    ('{"points":[{"ts":1,"a":1},{"ts":2,a:1}]}', "row 2"),
    ('{"points":[{"ts":1,"a":1},{"a":1}]}', "row 2"),
    ('{"points":[{"ts":1,"a":1},{"ts":null,"a":1}]}', "row 2, column ts"),
    ('{"points":[{"ts":1,"a":1},{"ts":"noon","a":1}]}', "row 2, column ts"),
    ('{"points":[{"ts":1,"a":1},{"ts":1e300,"a":1}]}', "row 2, column ts"),
    ('{"points":[{"ts":1,"a":1},{"ts":2,"a":"1"}]}', "row 2, column a"),
    ('{"points":[{"ts":1,"a":1},{"ts":2,"a":[1]}]}', "row 2, column a"),
    ('{"points":[{"ts":1,"a":1},{"ts":2,"a":true}]}', "row 2, column a"),
    ('{"points":[{"ts":1,"a":1},{"ts":2,"a":1e999}]}', "row 2, column a"),
    ('{"points":[{"ts":1,"":1}]}', "name"),
    ('{"points":[{"ts":1}]}', "features"),
    ('{"points":[' + '{"a":' * 2000 + "1" + "}" * 2000 + "]}", "row 1"),
    ('{"points":[{"ts":1,"a":' + " " * 70000 + "1}]}", "row 1"),
]

BAD_CSV = [
    ("", "line 1"),
    ("ts", "line 1"),
    ("ts,a\n", "row"),
    ("ts,a,a\n1,2,3\n", "line 1"),
    ("ts,a\n1,2\n3\n", "line 3"),
    ("ts,a\n1,2\n3,x\n", "line 3, column a"),
    ("ts,a\n1,2\n3,inf\n", "line 3, column a"),
    ("ts,a\n1,2\nnoon,3\n", "line 3"),
    ('ts,a\n1,2\n2,"3\n', "line 3"),
    ("ts,a\n1,2\n3,\0\n", "line 3"),
]


@pytest.mark.parametrize("body,place", BAD_JSON)
def test_bad_json(client, runs, body, place):
    answer = client.post("/detect", body, {"Content-Type": "application/json"})
    assert answer.status == 400 and place in answer.json["error"], answer
    assert "expected" in answer.json["error"] or "row" in answer.json["error"]
    assert runs() == []


@pytest.mark.parametrize("body,place", BAD_CSV)
def test_bad_csv(client, runs, body, place):
    answer = client.detect_csv(body)
    assert answer.status == 400 and place in answer.json["error"], answer
    assert runs() == []


def test_names_that_are_no_text(client, runs):
    for body, kind in ((b'{"points":[{"ts":1,"\xff":1}]}', "application/json"), (b"ts,\xff\n1,2\n", "text/csv")):
        assert client.post("/detect", body, {"Content-Type": kind}).status == 400
    assert client.post("/detect", "<xml/>", {"Content-Type": "text/xml"}).status == 415
    assert runs() == []


def test_too_much(client, runs):
    wide = client.detect([{"ts": 1, **{f"f{i}": i for i in range(65)}}])
    assert wide.status == 413 and "64" in wide.json["error"]
    long = client.detect_csv("ts,a\n" + "1,2\n" * 200_001)
    assert long.status == 413 and "200000" in long.json["error"]
    assert runs() == []


def test_a_body_beyond_the_limit(server, client):
    """Refused by its announcement, before it is sent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw:
        head = "POST /detect HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n"
        raw.sendall((head % (client.headers["Authorization"], 1 << 40)).encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 413")
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw:
        raw.sendall(b"POST /detect HTTP/1.1\r\nHost: x\r\nContent-Length: 1099511627776\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 401"), "strangers learn nothing"


def test_clients_that_vanish(server, client, runs):
    for part in ("POST /detect HTTP/1.1\r\n", 'POST /detect HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Length: 900000\r\n\r\n{"points":['):
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.sendall((part % client.headers["Authorization"] if "%s" in part else part).encode())
    assert client.get("/healthz").status == 200
    assert runs() == []


# --- beside others -------------------------------------------------------------


def test_large_uploads_hold_up_nobody(server, client):
    text = "ts,a,b,c,d\n" + "".join(f"{DAY + i},{i % 7},{i % 11},{i % 13},{i % 17}\n" for i in range(100_000))
    statuses, slowest = [], 0.0
    threads = [threading.Thread(target=lambda: statuses.append(client.detect_csv(text).status)) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for path in ("/healthz", "/api/summary", "/api/hosts"):
            began = time.monotonic()
            assert client.get(path).status == 200
            slowest = max(slowest, time.monotonic() - began)
    assert statuses == [200] * 4
    assert slowest < 2, "seconds, on a machine with all of its processors busy"


def test_what_is_under_way_is_finished(start, database):
    server = start(database)
    client = server.client()
    text = "ts,a\n" + "".join(f"{DAY + i},{i % 7}\n" for i in range(100_000))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(client.detect_csv(text)))
    client.get("/healthz")
    client.get("/api/summary")  # the password is known from here on
    thread.start()
    time.sleep(0.1)
    server.stop()
    thread.join()
    assert answers[0].status == 200


# --- the sample generator ------------------------------------------------------


def test_sample(client):
    answer = client.get("/sample", rows=300, seed=7)
    lines = answer.text.splitlines()
    assert lines[0] == "ts,cpu,ram,disk,latency_ms" and len(lines) == 301
    assert answer.headers["X-Seed"] == "7"
    assert client.get("/sample", rows=300, seed=7).text == answer.text
    assert client.get("/sample", rows=300, seed=8).text != answer.text
    drawn = client.get("/sample", rows=300)
    assert client.get("/sample", rows=300, seed=drawn.headers["X-Seed"]).text == drawn.text
    found = client.detect_csv(client.get("/sample", rows=2000, seed=1).text).json
    assert 5 < found["anomalies_found"] < 100
    for bad in ({"rows": 0}, {"rows": 200_001}, {"rows": "x"}, {"seed": -1}, {"seed": 1.5}):
        assert client.get("/sample", **bad).status == 400


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-q", "-p", "no:cacheprovider"]))
