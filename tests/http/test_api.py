#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the API says of a database, and hostile questions."""

import csv
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from urllib.parse import urlencode

try:
    import pytest
except ImportError:
    print("python3-pytest is missing: skipped")
    sys.exit(77)

from dashboard_server import END, MAKE_DATABASE, make_database

FEATURES = ["cpu", "memory", "disk", "network", "errors"]


def test_summary(client):
    assert client.get("/api/summary").json == {
        "records": 6000,
        "anomalies": 6,
        "hosts": 2,
        "open_runs": 1,
        "last_ts": END,
    }


def test_hosts(client):
    hosts = client.get("/api/hosts").json
    assert {host["host"] for host in hosts} == {"host-1", "host-2"}
    for host in hosts:
        assert (host["detector"], host["last_ts"], host["interval"]) == ("system", END, 10000)
        assert host["flagged"] is True and host["warming_up"] is False
        assert len(host["line"]) == 60 and host["line"][-1] == pytest.approx(0.9)
        assert (host["run_id"] is not None) == (host["host"] == "host-1")
        assert host["runs_day"] == 3


@pytest.mark.parametrize(
    "rows,unready,warming",
    [
        (128, None, True),  # 127 frames are learned when the last is judged
        (129, None, False),
        (300, (299, 260), False),
        (300, (127, 90), True),  # forgotten, and learned anew from the 127th before the last on
        (300, (128, 90), False),
        (300, (140, 90), False),
        (300, (30, 0), True),  # no forest yet
    ],
)
def test_no_flag_can_be_raised_yet(start, tmp_path, rows, unready, warming):
    """The warm-up of 900 s has long passed in all of them but the first."""
    database = make_database(tmp_path / "anomaly.db", "--end", END, "--rows", rows, "--hosts", 1)
    with sqlite3.connect(database) as db:
        if unready:
            span = [END - 10000 * frames for frames in unready]
            db.execute("UPDATE samples_system SET threshold = NULL WHERE ts BETWEEN ? AND ?", span)
    (host,) = start(database).client().get("/api/hosts").json
    assert host["warming_up"] is warming


@pytest.mark.parametrize("features,warming", [(24, False), (25, True)])
def test_many_features_take_longer(start, tmp_path, features, warming):
    """Six intervals for each; 149 frames are learned when the last is judged."""
    database = make_database(tmp_path / "anomaly.db", "--end", END, "--rows", 150, "--hosts", 1)
    with sqlite3.connect(database) as db:
        db.execute("DELETE FROM features")
        names = [["system", f"feature{i}", ""] for i in range(features)]
        db.executemany("INSERT INTO features(detector, name, unit) VALUES(?, ?, ?)", names)
    (host,) = start(database).client().get("/api/hosts").json
    assert host["warming_up"] is warming


def test_a_gap_is_no_interval(start, tmp_path):
    database = make_database(tmp_path / "anomaly.db", "--end", END, "--rows", 300, "--hosts", 1)
    with sqlite3.connect(database) as db:
        db.execute("UPDATE samples_system SET ts = ts + 3600000 WHERE ts = ?", [END])
    (host,) = start(database).client().get("/api/hosts").json
    assert (host["last_ts"], host["interval"]) == (END + 3600000, 10000)


# --- series --------------------------------------------------------------------


def series(client, **query):
    answer = client.get("/api/series", host="host-1", detector="system", **query)
    assert answer.status == 200, answer
    return answer.json


def rows_of(database, begin, end):
    with sqlite3.connect(database) as db:
        return db.execute(
            "SELECT ts, cpu, memory, disk, network, errors, score, threshold, flagged FROM samples_system"
            " WHERE host = 'host-1' AND ts >= ? AND ts < ? ORDER BY ts",
            (begin, end),
        ).fetchall()


@pytest.mark.parametrize("points,level", [(1000, 1), (200, 60_000), (4, 3_600_000)])
def test_series_has_each_minimum_and_maximum(client, database, points, level):
    """Whatever it is read from: samples, minutes or hours."""
    begin, end = END - 29_000_000, END + 1
    answer = series(client, **{"from": begin, "to": end, "points": points})
    step = answer["step"]
    assert step % level == 0
    assert len(answer["ts"]) <= points + 1
    assert [feature["name"] for feature in answer["features"]] == FEATURES
    assert [feature["unit"] for feature in answer["features"]] == ["%", "%", "%", "B/s", "/s"]
    buckets = {}
    for row in rows_of(database, begin - begin % level, end):
        buckets.setdefault(row[0] // step, []).append(row)
    assert len(answer["ts"]) == len(buckets)
    for i, rows in enumerate(buckets[key] for key in sorted(buckets)):
        for j, feature in enumerate(answer["features"]):
            values = [row[1 + j] for row in rows if row[1 + j] is not None]
            for got, wanted in ((feature["min"][i], min(values, default=None)), (feature["max"][i], max(values, default=None))):
                assert got == (wanted if wanted is None else pytest.approx(wanted, rel=1e-5))
        assert answer["score"]["max"][i] == pytest.approx(max(row[6] for row in rows), rel=1e-5)
        assert answer["threshold"][i] == pytest.approx(0.6)
        assert answer["flagged"][i] == any(row[8] for row in rows)


def test_series_has_the_usual_range(client, database):
    """Of a week, flagged samples left out, whatever part of it is shown."""
    cpu = series(client, **{"from": END - 600_000, "to": END + 1})["features"][0]
    values = sorted(row[1] for row in rows_of(database, 0, END + 1) if not row[8])
    assert values[0] <= cpu["low"] <= values[len(values) // 10]
    assert values[-len(values) // 10] <= cpu["high"] <= values[-1] < 97
    early = series(client, **{"from": END - 30_000_000, "to": END - 29_900_000})["features"][0]
    assert early["low"] is None, "nothing is usual after ten samples"


def test_series_of_nothing(client):
    assert series(client, **{"from": 0, "to": 1000})["ts"] == []
    assert client.get("/api/series", host="nobody").json["ts"] == []
    assert len(series(client)["ts"]) == 361, "the last hour"


@pytest.mark.parametrize(
    "query,status",
    [
        ({"detector": "nothing"}, 404),
        ({"detector": 'x" UNION SELECT 1 --'}, 404),
        ({"from": "x"}, 400),
        ({"from": "1.5"}, 400),
        ({"from": "9223372036854775808"}, 400),
        ({"from": "9223372036854775807"}, 400),
        ({"from": 5, "to": 5}, 400),
        ({"points": 0}, 400),
        ({"points": 1000000}, 400),
        ({"run": 7}, 404),
        ({"run": "x"}, 400),
    ],
)
def test_bad_questions(client, query, status):
    answer = client.get("/api/series", host="host-1", **query)
    assert answer.status == status and answer.json["error"]


def test_hostile_texts_are_only_texts(client):
    for host in ("'; DROP TABLE runs --", '"', "%", "x" * 5000, "\U0001f600"):
        assert client.get("/api/samples", host=host).json["rows"] == []
        assert client.get("/runs", host=host, detector=host, source=host).json == []
    for path in ("/api/samples?host=%ff", "/api/samples?host=%00", "/runs?host=a%00b", "/api/series?host=%ed%a0%80", "/runs?host=%c0%80"):
        assert client.get(path).status == 400
    assert client.get("/api/summary").json["records"] == 6000


# --- samples -------------------------------------------------------------------


def test_samples_page_by_page(client):
    """Each row once, newest first, though two hosts have the same times."""
    seen, before = [], {}
    while True:
        answer = client.get("/api/samples", limit=999, **before).json
        assert answer["columns"] == ["ts", "host", *FEATURES, "score", "threshold", "flagged"]
        if not answer["rows"]:
            break
        seen += [(row[0], row[1]) for row in answer["rows"]]
        before = {"before": "%d,%s" % seen[-1]}
    assert len(seen) == 6000
    assert seen == sorted(set(seen), reverse=True)


def test_samples_flagged(client):
    rows = client.get("/api/samples", host="host-2", flagged=1).json["rows"]
    assert len(rows) == 3 and all(row[-1] is True and row[2] == 97 for row in rows)
    older = client.get("/api/samples", host="host-2", flagged=1, before=rows[0][0]).json["rows"]
    assert older == rows[1:]
    assert client.get("/api/samples", **{"from": rows[0][0], "flagged": 1, "host": "host-2"}).json["rows"] == rows[:1]


def test_samples_as_csv(client):
    answer = client.get("/api/samples", format="csv", limit=50)
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    table = list(csv.reader(io.StringIO(answer.text)))
    rows = client.get("/api/samples", limit=50).json
    assert table[0] == rows["columns"]
    assert len(table) == 51
    assert table[1][0] == str(rows["rows"][0][0])
    assert float(table[1][2]) == rows["rows"][0][2]
    for bad in ({"format": "xml"}, {"limit": 0}, {"limit": 10**7}, {"before": "x"}, {"flagged": 2}):
        assert client.get("/api/samples", **bad).status == 400


# --- runs ----------------------------------------------------------------------


def test_runs(client):
    runs = client.get("/runs").json
    assert client.get("/api/runs").json == runs
    assert len(runs) == 6
    assert [run["id"] for run in runs] == sorted((run["id"] for run in runs), reverse=True)
    run = runs[0]
    assert (run["source"], run["detector"], run["total_points"], run["anomalies_found"]) == ("live", "system", 1, 1)
    assert run["peak_score"] == 0.9 and run["timestamp"].endswith("Z")
    assert run["suspects"][0]["feature"] == "cpu" and run["units"]["cpu"] == "%"
    assert [run["host"] for run in client.get("/runs", open=1).json] == ["host-1"]
    assert client.get("/runs", limit=2, before=runs[0]["id"]).json == runs[1:3]
    assert client.get("/runs", host="host-2", **{"from": END}).json == [run for run in runs if run["host"] == "host-2"][:1]


def test_silent_runs(client, database):
    run = client.get("/runs").json[0]["id"]
    assert not any(run["silent"] for run in client.get("/runs").json)
    with sqlite3.connect(database) as db:
        db.execute("INSERT INTO silent_runs VALUES(?)", (run,))
    try:
        # asked in words of its own, for the answers to others are kept for a while
        found = client.get("/runs", limit=99).json
        assert [one["id"] for one in found if one["silent"] is True] == [run]
        assert client.get(f"/runs/{run}", now=1).json["silent"] is True
    finally:
        with sqlite3.connect(database) as db:
            db.execute("DELETE FROM silent_runs")


def test_the_interval_of_a_run(start, tmp_path):
    """That of its first flagged intervals, between which there may be others."""
    database = make_database(tmp_path / "anomaly.db", "--end", END, "--hosts", 1, "--rows", 1000)
    with sqlite3.connect(database) as db:
        db.executemany(
            "INSERT INTO anomalies(run_id, ts, score) SELECT id, started_at + ?, 0.9 FROM runs",
            [[20000], [30000], [31000]],
        )
        db.execute("INSERT INTO runs(id, source, started_at, ended_at) VALUES (1, 'api', 0, 9), (2, 'live', 0, 0)")
        db.execute("INSERT INTO anomalies(run_id, ts, score) VALUES (1, 0, 0.9), (1, 9, 0.9), (2, 0, 0.9)")
    intervals = {run["id"]: run["interval"] for run in start(database).client().get("/runs").json}
    assert (intervals.pop(1), intervals.pop(2)) == (None, None)
    assert list(intervals.values()) == [10000]


def test_a_run(client):
    run = client.get("/runs").json[0]
    whole = client.get(f"/runs/{run['id']}").json
    anomalies = whole.pop("anomalies")
    assert whole == run
    assert anomalies == [
        {
            "ts": END,
            "score": 0.9,
            "threshold": 0.6,
            "fields": ["cpu", "errors"],
            "suspects": [
                {"feature": "cpu", "share": 0.875, "value": 97, "low": 12, "high": 43},
                {"feature": "errors", "share": 0.125, "value": None, "low": 0, "high": 1},
            ],
            "note": "cpu 97 %, usual 12 to 43 %",
        }
    ]


def test_verdicts(client):
    run = client.get("/runs").json[0]["id"]

    def give(body):
        return client.post(f"/runs/{run}/verdict", body if isinstance(body, str) else json.dumps(body)).status

    def told():
        return [(r["verdict"], r["note"]) for r in client.get("/runs").json if r["id"] == run][0]

    assert give({"verdict": "expected", "note": "the nightly backup; it's “ours”"}) == 200
    assert told() == ("expected", "the nightly backup; it's “ours”"), "at once, whatever was cached"
    assert give({"verdict": "incident"}) == 200
    assert told() == ("incident", "the nightly backup; it's “ours”"), "the note stays"
    assert give({"verdict": None, "note": None}) == 200
    assert told() == (None, None)
    for bad in ("", "[]", "{", "{}", '{"verdict":"maybe"}', '{"verdict":1}', {"verdict": None, "note": 7}, {"verdict": None, "note": "x" * 2001}):
        assert give(bad) == 400, bad
    assert give("x" * 20000) == 413
    assert client.post("/runs/1/verdict", '{"verdict":null}').status == 404


def test_live_runs_are_not_deleted(client):
    run = client.get("/runs").json[0]["id"]
    assert client.delete(f"/runs/{run}").status == 404
    assert client.get(f"/runs/{run}").status == 200


# --- models --------------------------------------------------------------------


def test_a_model_is_forgotten(client, database):
    def wishes():
        with sqlite3.connect(database) as db:
            return db.execute("SELECT host, detector, asked_at FROM forget ORDER BY host").fetchall()

    def forget(**query):
        return client.delete("/api/models?" + urlencode(query))

    before = time.time() * 1000 - 1
    answer = forget(host="host-1", detector="system")
    assert answer.status == 202
    assert wishes() == [("host-1", "system", answer.json["asked_at"])]
    assert before <= answer.json["asked_at"] <= time.time() * 1000
    # once more, later
    time.sleep(0.002)
    again = forget(host="host-1", detector="system")
    assert wishes() == [("host-1", "system", again.json["asked_at"])]
    assert again.json["asked_at"] > answer.json["asked_at"]
    for unknown in ({"host": "host-9", "detector": "system"}, {"host": "host-1", "detector": "'; --"}):
        assert forget(**unknown).status == 404
    for bad in ({"host": "host-1"}, {"detector": "system"}, {}, {"host": "\0", "detector": "system"}):
        assert forget(**bad).status == 400
    assert client.get("/api/models").status == 405
    assert len(wishes()) == 1


# --- the file ------------------------------------------------------------------


def test_before_there_is_a_database(start, tmp_path):
    database = tmp_path / "collectd" / "anomaly.db"
    client = start(database).client()
    assert client.get("/api/summary").json == {"records": 0, "anomalies": 0, "hosts": 0, "open_runs": 0, "last_ts": None}
    for path in ("/api/hosts", "/runs"):
        assert client.get(path).json == []
    assert client.get("/api/samples").json["rows"] == []
    assert client.get("/api/series", host="x").json["ts"] == []
    assert client.get("/runs/1").status == client.delete("/runs/1").status == 404
    assert client.post("/runs/1/verdict", '{"verdict":null}').status == 404
    assert client.delete("/api/models?host=x&detector=system").status == 404
    assert not database.parent.exists(), "nothing is made by asking"
    make_database(database, "--rows", 10)
    time.sleep(1.1)
    assert client.get("/api/summary").json["records"] == 20
    assert [host["warming_up"] for host in client.get("/api/hosts").json] == [True, True], "90 of 900 seconds"
    shutil.rmtree(database.parent)
    time.sleep(1.1)
    assert client.get("/api/summary").json["records"] == 0
    make_database(database, "--rows", 5)
    time.sleep(1.1)
    assert client.get("/api/summary").json["records"] == 10, "another file in its place"


def test_while_somebody_writes_and_after_he_died(start, tmp_path):
    database = tmp_path / "anomaly.db"
    writer = subprocess.Popen([MAKE_DATABASE, database, "--rows", "100", "--follow"], stdout=subprocess.PIPE)
    writer.stdout.readline()
    client = start(database).client()
    first = client.get("/api/summary").json["records"]
    assert first >= 200
    end = time.monotonic() + 60
    while client.get("/api/summary").json["records"] <= first:
        assert time.monotonic() < end, "nothing new is seen"
        time.sleep(0.1)
    assert client.detect([{"ts": i, "a": i} for i in range(10)]).status == 200, "beside the writer"
    writer.kill()
    writer.wait()
    time.sleep(1.1)
    assert client.get("/api/summary").json["records"] > first
    assert client.detect([{"ts": i, "a": i} for i in range(10)]).status == 200, "after its death"


def test_files_of_others(start, tmp_path):
    def answer(name, *sql):
        path = tmp_path / name
        with sqlite3.connect(path) as db:
            for statement in sql:
                db.execute(statement)
        client = start(path).client()
        return client.get("/api/summary"), client.detect([{"ts": 1, "a": 1}])

    make_database(tmp_path / "newer.db", "--rows", 1)
    for read, written in (
        answer("newer.db", "PRAGMA user_version = 999"),
        answer("other.db", "CREATE TABLE books(title)"),
    ):
        assert read.status == written.status == 503
        assert read.json["error"] and written.json["error"]
    (tmp_path / "text.db").write_text("This is no database at all. " * 100)
    client = start(tmp_path / "text.db").client()
    assert client.get("/api/summary").status == client.get("/runs/1").status == 503
    assert client.get("/healthz").status == 200


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-q", "-p", "no:cacheprovider"]))
