#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""anomaly-replay's command line, against the built program.

ANOMALY_BUILD_DIR says where that is (default: here).
"""
import csv
import fcntl
import gzip
import io
import json
import math
import os
import pty
import random
import re
import shutil
import struct
import subprocess
import sys
import termios

try:
    import pytest
except ImportError:
    print("python3-pytest is missing: skipped")
    sys.exit(77)

REPLAY = os.path.abspath(
    os.path.join(os.environ.get("ANOMALY_BUILD_DIR", "."), "plugin/replay/anomaly-replay")
)
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SAMPLE = os.path.join(SOURCE, "contrib/examples/sample.csv")
START = 1767225600  # 2026-01-01T00:00:00Z
HEADER = ["ts", "score", "threshold", "flag", "fields", "note"]


def run(*arguments, stdin=b"", **options):
    if isinstance(stdin, str):
        stdin = stdin.encode()
    return subprocess.run(
        [REPLAY, *(a if isinstance(a, bytes) else str(a) for a in arguments)],
        input=stdin,
        capture_output=True,
        timeout=120,
        **options,
    )


def replay(*arguments, **options):
    """The rows of a replay that goes well, and its stderr."""
    done = run(*arguments, **options)
    assert done.returncode == 0, done.stderr
    rows = list(csv.reader(io.StringIO(done.stdout.decode())))
    assert rows[0] == HEADER
    return [dict(zip(HEADER, row)) for row in rows[1:]], done.stderr.decode()


def complaint(*arguments, **options):
    """The one line on stderr of a replay that cannot go on."""
    done = run(*arguments, **options)
    assert done.returncode == 2
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("anomaly-replay: ")
    return lines[0]


# rows of the two incidents of `spiked`: cpu, then memory
FIRST, SECOND = range(1000, 1010), range(1500, 1510)


def metrics(rows=600, cpu=(), memory=(), step=60):
    """A calm table but for impossible values in some rows: [ts, values..., label]"""
    noise = random.Random(1)
    table = []
    for i in range(rows):
        values = [noise.gauss(20, 1) + 70 * (i in cpu), noise.gauss(30, 1) + 60 * (i in memory)]
        table.append([START + step * i, *("%.3f" % v for v in values), int(i in cpu or i in memory)])
    return table


def text_of(table):
    rows = [["ts", "cpu", "memory", "label"], *table]
    return "\n".join(",".join(map(str, row)) for row in rows) + "\n"


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="metrics.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture(scope="module")
def spiked():
    """Two incidents of ten rows each in thirty hours."""
    return text_of(metrics(1800, FIRST, SECOND))


# --- rows --------------------------------------------------------------------


def test_one_line_a_row(write):
    table = metrics(200)
    rows, _ = replay("--label", "label", write(text_of(table)))
    assert [row["ts"] for row in rows] == [str(row[0]) for row in table]
    for row in rows:
        assert row["flag"] in ("0", "1")
        assert row["score"] == "" or 0 <= float(row["score"]) <= 1
        assert row["threshold"] == "" or 0 <= float(row["threshold"]) <= 1
    assert rows[0]["score"] == "", "nothing is known before the first row"
    assert rows[-1]["score"] != ""


def test_incidents_are_flagged_and_explained(write, spiked):
    rows, _ = replay("--label", "label", write(spiked))
    for feature, incident in (("cpu", FIRST), ("memory", SECOND)):
        flagged = [rows[i] for i in incident if rows[i]["flag"] == "1"]
        assert flagged, feature
        assert flagged[0]["fields"].split(";")[0] == feature
        assert flagged[0]["note"].startswith(feature + " ")
    for row in rows:
        assert bool(row["fields"]) == bool(row["note"]) == (row["flag"] == "1")


def test_ts_stays_as_it_came(write):
    stamps = ["2026-01-01T00:00:00Z", "1767225660", "2026-01-01 00:02:00", "1767225780.5"]
    rows, _ = replay(write("ts,cpu\n" + "".join(f"{ts},1\n" for ts in stamps)))
    assert [row["ts"] for row in rows] == stamps


def test_gzip_and_stdin_make_no_difference(write, spiked):
    plain = run("--label", "label", write(spiked))
    packed = gzip.compress(spiked.encode())
    for other in (
        run("--label", "label", write(packed, "metrics.csv.gz")),
        run("--label", "label", "-", stdin=spiked),
        run("--label", "label", "-", stdin=packed),
    ):
        assert other.stdout == plain.stdout
        assert other.stderr == plain.stderr


def test_the_seed_is_fixed_and_counts(write, spiked):
    path = write(spiked)
    once, again = run("--label", "label", path), run("--label", "label", "--seed", 42, path)
    assert once.stdout == again.stdout
    assert once.stdout != run("--label", "label", "--seed", 43, path).stdout


def test_ignored_and_label_columns_do_not_matter(write):
    table = metrics(300, range(250, 260))
    bare = write("\n".join(["ts,cpu,memory"] + [f"{t},{c},{m}" for t, c, m, _ in table]), "a.csv")
    more = write(
        "\n".join(
            ["ts,host,cpu,zone,memory,label"]
            + [f"{t},web{i},{c},{i * i},{m},{label}" for i, (t, c, m, label) in enumerate(table)]
        ),
        "b.csv",
    )
    all_but = ("--ignore", "host", "--ignore", "zone", "--label", "label")
    assert run(bare).stdout == run(*all_but, more).stdout


def test_rows_out_of_order_are_skipped(write):
    table = metrics(300)
    lines = text_of(table).splitlines()
    late = [lines[200], lines[150]]  # the same again, then one that is older
    disturbed = lines[:201] + late + lines[201:]
    straight, _ = replay("--label", "label", write("\n".join(lines), "a.csv"))
    rows, stderr = replay("--label", "label", write("\n".join(disturbed), "b.csv"))

    assert len(rows) == 302
    for row in rows[200:202]:
        assert (row["score"], row["threshold"], row["flag"]) == ("", "", "0")
    assert rows[:200] + rows[202:] == straight, "they must leave no trace"
    warnings = [line for line in stderr.splitlines() if "warning" in line]
    assert len(warnings) == 1
    assert "line 202" in warnings[0] and " 2 rows" in warnings[0]


def test_missing_values_are_no_error(write):
    table = metrics(300)
    for row in table[100:200:7]:
        row[1] = ""
    table[250][2] = "n/a"
    rows, _ = replay("--label", "label", write(text_of(table)))
    assert len(rows) == 300
    assert rows[250]["score"] != ""


# --- cadence -----------------------------------------------------------------


def test_the_cadence_is_the_median_step(write):
    table = metrics(200, step=10)
    del table[50:60]  # a gap
    del table[20]
    table.insert(30, [table[29][0] + 1, *table[29][1:]])  # and two rows at once
    _, stderr = replay("--label", "label", write(text_of(table)))
    assert "one every 10 s" in stderr


def test_the_interval_can_be_given(write):
    rows = "ts,cpu\n1767225600,1\n"
    assert "--interval" in complaint(write(rows))
    backwards = "ts,cpu\n" + "".join(f"{START - i},1\n" for i in range(300))
    assert "sort" in complaint(write(backwards))
    _, stderr = replay("--interval", "7.5", write(rows))
    assert "one every 7.5 s" in stderr


# --- formats -----------------------------------------------------------------


def test_json_says_the_same_as_csv(write, spiked):
    path = write(spiked)
    rows, _ = replay("--label", "label", path)
    done = run("--label", "label", "--format", "json", path)
    objects = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(objects) == len(rows)
    for row, one in zip(rows, objects):
        assert list(one) == HEADER
        assert one["ts"] == row["ts"]
        for name in ("score", "threshold"):
            assert one[name] == (float(row[name]) if row[name] else None)
        assert one["flag"] is (row["flag"] == "1")
        assert one["fields"] == [f for f in row["fields"].split(";") if f]
        assert one["note"] == row["note"]


NASTY = 'cpu "1", é\t\\'


def nasty_table():
    table = metrics(1800, FIRST, SECOND)
    header = 'ts,"cpu ""1"", é\t\\",memory,label\n'
    return header + text_of(table).split("\n", 1)[1]


def test_csv_quotes_what_needs_it(write):
    rows, _ = replay("--label", "label", write(nasty_table()))
    flagged = [row for row in rows if row["flag"] == "1"]
    assert NASTY in {row["fields"].split(";")[0] for row in flagged}


def test_json_escapes_what_needs_it(write):
    done = run("--label", "label", "--format", "json", write(nasty_table()))
    objects = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert NASTY in {one["fields"][0] for one in objects if one["flag"]}


def test_json_is_utf8_whatever_the_unit_is(write, spiked):
    latin_1 = "cpu=°C".encode("latin-1")
    done = run("--label", "label", "--format", "json", write(spiked), "--unit", latin_1)
    objects = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert any("\ufffdC" in one["note"] for one in objects)


# --- the detector's options --------------------------------------------------


def test_noise_silences_a_feature(write, spiked):
    path = write(spiked)
    deaf, _ = replay("--label", "label", "--noise", "cpu=1000", path)
    assert not any(deaf[i]["fields"].split(";")[0] == "cpu" for i in FIRST)
    assert any(deaf[i]["flag"] == "1" for i in SECOND)


def test_units_are_shown(write, spiked):
    rows, _ = replay("--label", "label", "--unit", "cpu=furlongs", write(spiked))
    assert any("furlongs" in row["note"] for row in rows)


def test_nothing_is_flagged_while_warming_up(write, spiked):
    rows, stderr = replay("--label", "label", "--warm-up", 60 * 1200, write(spiked))
    assert not any(row["flag"] == "1" for row in rows[:1200])
    assert "600 of them judged" in stderr


@pytest.mark.parametrize(
    "options",
    [
        ["--trees", "10"],
        ["--sample-size", "32"],
        ["--window", "7200"],
        ["--false-alarms", "30"],
    ],
)
def test_options_reach_the_detector(write, spiked, options):
    path = write(spiked)
    assert run("--label", "label", path).stdout != run("--label", "label", *options, path).stdout


def runs_of(stderr):
    return int(re.search(r"^runs +(\d+)$", stderr, re.M).group(1))


def test_hits_and_clear_shape_the_runs(write, spiked):
    path = write(spiked)
    assert runs_of(replay("--label", "label", path)[1]) >= 2
    assert runs_of(replay("--label", "label", "--hits", 400, path)[1]) == 0
    assert runs_of(replay("--label", "label", "--clear", 5000, path)[1]) == 1


# --- the summary -------------------------------------------------------------


def number(pattern, text):
    found = re.search(pattern, text, re.M)
    assert found, (pattern, text)
    return float(found.group(1))


def average_precision(labels, scores):
    """By the definition, over every distinct threshold."""
    order = sorted(range(len(labels)), key=lambda i: -scores[i])
    total, hits, result, i = sum(labels), 0, 0.0, 0
    while i < len(order):
        j = i
        while j < len(order) and scores[order[j]] == scores[order[i]]:
            j += 1
        new = sum(labels[k] for k in order[i:j])
        hits += new
        result += new / total * hits / j
        i = j
    return result


def events_and_alarms(labels, flags, step):
    """(events, detected, false alarms), run by run rather than row by row."""

    def streaks(bits):
        found, start = [], None
        for i, bit in enumerate([*bits, 0]):
            if bit and start is None:
                start = i
            elif not bit and start is not None:
                found.append((start, i))
                start = None
        return found

    events = streaks(labels)
    detected = sum(any(flags[a:b]) for a, b in events)
    alarms = 0
    for a, b in streaks([f and not label for f, label in zip(flags, labels)]):
        rows = b - a
        if (a > 0 and labels[a - 1]) or (b < len(labels) and labels[b]):
            rows -= max(1, round(3600 / step))
        alarms += max(0, math.ceil(rows / max(1, round(14400 / step))))
    return len(events), detected, alarms


@pytest.mark.parametrize("false_alarms", ["0.2", "20", "1000"])
@pytest.mark.parametrize("shift", [0, 7, 45])
def test_the_measures_are_what_they_are_said_to_be(write, spiked, false_alarms, shift):
    # labels beside the incidents: misses, false alarms and borders to count
    table = [line.split(",") for line in spiked.splitlines()]
    labels = [int(row[3]) for row in table[1:]]
    labels = [0] * shift + labels[: len(labels) - shift]
    for row, label in zip(table[1:], labels):
        row[3] = str(label)
    path = write("\n".join(",".join(row) for row in table))

    rows, stderr = replay("--label", "label", "--false-alarms", false_alarms, path)
    judged = int(number(r"(\d+) of them judged", stderr))
    rows, labels = rows[-judged:], labels[-judged:]
    scores = [float(row["score"]) if row["score"] else -1.0 for row in rows]
    flags = [int(row["flag"]) for row in rows]

    events, detected, alarms = events_and_alarms(labels, flags, 60)
    assert number(r"^AUC-PR +([\d.]+)", stderr) == pytest.approx(
        average_precision(labels, scores), abs=0.002
    )
    assert f"({detected} of {events})" in re.search("^event recall.*", stderr, re.M).group()
    precision = re.search("^event precision.*", stderr, re.M).group()
    assert f"({detected} of {detected + alarms})" in precision or "unknown" in precision
    achieved = re.search("^false alarms a day.*", stderr, re.M).group()
    assert f"budget {float(false_alarms):g}," in achieved
    assert f"({alarms} outside of the labels)" in achieved
    assert number(r"achieved ([\d.e+]+)", achieved) == pytest.approx(
        alarms / (judged * 60 / 86400), rel=0.01
    )


def test_a_false_alarm_that_the_file_ends_in_counts(write):
    table = metrics(1505, FIRST, SECOND)
    for row in table[1100:]:
        row[3] = 0
    rows, stderr = replay("--label", "label", write(text_of(table)))
    assert rows[-1]["flag"] == "1"
    judged = int(number(r"(\d+) of them judged", stderr))
    flags = [int(row["flag"]) for row in rows]
    labels = [row[3] for row in table]
    events, _, alarms = events_and_alarms(labels[-judged:], flags[-judged:], 60)
    assert events == 1 and alarms > 0
    assert f"({alarms} outside of the labels)" in stderr


def test_a_label_is_a_number_above_0(write):
    table = metrics(600)
    for i, label in ((300, "1"), (320, "-1"), (340, ""), (360, "0.5"), (380, "no"), (400, "0")):
        table[i][3] = label
    _, stderr = replay("--label", "label", write(text_of(table)))
    assert re.search(r"^event recall .* of 2\)$", stderr, re.M)


def test_the_summary_counts(write, spiked):
    rows, stderr = replay("--ignore", "label", write(spiked))
    flagged = sum(row["flag"] == "1" for row in rows)
    assert number(r"^rows +(\d+), one every 60 s", stderr) == len(rows)
    assert number(r"^flagged +(\d+)", stderr) == flagged
    assert runs_of(stderr) > 0
    judged = number(r"(\d+) of them judged", stderr)
    assert judged < len(rows), "the first rows are not"
    assert number(r"^flagged .*\(([\d.]+) %", stderr) == pytest.approx(100 * flagged / judged, abs=0.01)
    achieved = runs_of(stderr) / (judged * 60 / 86400)
    assert number(r"achieved ([\d.]+)", stderr) == pytest.approx(achieved, rel=0.01)
    assert "AUC-PR" not in stderr


# what holds of the sample whatever the detector's constants are
STABLE = ("rows", "runs", "event recall", "event precision")


def test_the_sample_does_what_the_manual_says():
    with open(os.path.join(SOURCE, "plugin/replay/anomaly-replay.1")) as file:
        manual = file.read().replace("\\e\n", "")
    examples = re.findall(
        r"^\$ anomaly-replay (--label.*) sample.csv > flags.csv\n((?:\w.*\n)+)", manual, re.M
    )
    assert len(examples) == 2
    for options, summary in examples:
        _, stderr = replay(*options.split(), SAMPLE)
        for line in summary.splitlines():
            if line.startswith(STABLE):
                assert line in stderr.splitlines(), options

    row = re.search(r'^([-0-9TZ:]+),"(.*)"$', manual, re.M)
    rows, _ = replay(*examples[0][0].split(), SAMPLE)
    first = next(row for row in rows if row["flag"] == "1")
    assert (first["ts"], first["note"]) == row.groups()


def test_the_sample_is_judged_as_by_the_plugin():
    """With Noise and Unit of the built-in detector, that is."""
    with open(os.path.join(SOURCE, "plugin/features/builtin.c")) as file:
        built_in = set(re.findall(r'{"(\w+)", "(.*?)", ([0-9.]+), "', file.read()))
    with open(os.path.join(SOURCE, "plugin/replay/anomaly-replay.1")) as file:
        manual = file.read()
    assert len(built_in) == 5
    for feature, unit, noise in built_in:
        assert f"--noise {feature}={noise} " in manual
        assert f"--unit {feature}={unit} " in manual


# --- progress ----------------------------------------------------------------


def stderr_on_a_terminal(*arguments, columns=80, term="xterm"):
    """What the program shows on a terminal, its rows going elsewhere."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with open(os.devnull, "wb") as rows:
        program = subprocess.Popen(
            [REPLAY, *map(str, arguments)],
            stdout=rows,
            stderr=theirs,
            env={**os.environ, "TERM": term},
        )
    os.close(theirs)
    shown = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not block:
            break
        shown += block
    os.close(ours)
    assert program.wait() == 0
    return shown.decode()


def test_progress_is_for_terminals_alone(write, spiked):
    path = write(spiked)
    done = run("--label", "label", path)
    assert b"\r" not in done.stderr and b"[" not in done.stderr
    shown = stderr_on_a_terminal("--label", "label", path)
    assert re.search(r"\[#*\.*\] +\d+ %  [\d,]+ rows", shown)
    summary = shown.rpartition("\033[K")[2]
    assert summary.startswith("rows "), "the bar is wiped before the summary"
    dumb = stderr_on_a_terminal("--label", "label", path, term="dumb")
    assert dumb.replace("\r\n", "\n") == done.stderr.decode(), "it knows no way to wipe"


@pytest.mark.parametrize("columns", [1, 8, 30, 40, 50, 200])
def test_progress_fits_the_terminal(write, columns):
    # long enough for a rate and the time left
    shown = stderr_on_a_terminal("--label", "label", write(text_of(metrics(60000))), columns=columns)
    drawn = shown.split("\r\033[K")[:-1]
    assert len(drawn) > 1
    assert max(map(len, drawn)) < columns
    assert any("s left" in line for line in drawn) == (columns == 200)
    assert any("rows" in line for line in drawn) or columns < 50


# --- the plot ----------------------------------------------------------------


@pytest.mark.skipif(shutil.which("gnuplot") is None, reason="gnuplot is not installed")
@pytest.mark.parametrize("kind, magic", [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_plot(write, spiked, tmp_path, kind, magic):
    picture = tmp_path / f"it's a picture.{kind}"
    straight = run("--label", "label", write(spiked))
    done = run("--label", "label", "--plot", picture, write(spiked))
    assert done.returncode == 0
    assert done.stdout == straight.stdout and done.stderr == straight.stderr
    content = picture.read_bytes()
    assert content.startswith(magic)
    if kind == "svg":
        for name in (b"cpu", b"memory", b"score", b"threshold"):
            assert b">" + name in content
        assert b"#ffc0c0" in content.lower() or b"255, 192, 192" in content, "flagged spans"


@pytest.mark.skipif(shutil.which("gnuplot") is None, reason="gnuplot is not installed")
def test_a_plot_has_room_for_every_feature(write, tmp_path):
    table = [f"f{i}" for i in range(64)], *([START + 60 * k + i for i in range(64)] for k in range(9))
    lines = [f"{'ts' if k == 0 else START + 60 * k}," + ",".join(map(str, row)) for k, row in enumerate(table)]
    done = run("--plot", tmp_path / "x.svg", write("\n".join(lines)))
    assert done.returncode == 0
    assert b"warning" not in done.stderr.lower(), "gnuplot says so when a panel is too small"


@pytest.mark.skipif(shutil.which("gnuplot") is None, reason="gnuplot is not installed")
def test_a_long_file_makes_a_plot_of_bounded_size(write, tmp_path):
    for rows in (3000, 9000):
        table = text_of(metrics(rows, range(2500, 2520)))
        picture = tmp_path / f"{rows}.svg"
        assert run("--label", "label", "--plot", picture, write(table)).returncode == 0
    assert (tmp_path / "9000.svg").stat().st_size < 1.5 * (tmp_path / "3000.svg").stat().st_size


def test_a_plot_is_of_all_rows(write, tmp_path):
    """By what gnuplot is given: of so many rows each their least and greatest."""
    table = metrics(9000)
    picture, script, gnuplot = tmp_path / "x.svg", tmp_path / "script", tmp_path / "gnuplot"
    gnuplot.write_text(f"#!/bin/sh\ncat >'{script}'\nprintf '%60s</svg>' >'{picture}'\n")
    gnuplot.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    arguments = ("--label", "label", "--plot", picture, write(text_of(table)))
    assert run(*arguments, env={"PATH": path}).returncode == 0

    data = script.read_text().split("$rows << END\n")[1].split("END\n")[0].splitlines()
    lines = [[float(cell) for cell in line.split()] for line in data]
    step = int((lines[1][0] - lines[0][0]) / 60) + 1
    assert 4 <= step <= 10, "about a thousand columns"
    for i in range(0, len(table) - step, step):
        low, high = lines[2 * i // step], lines[2 * i // step + 1]
        rows = table[i : i + step]
        assert (low[0], high[0]) == (rows[0][0], rows[-1][0])
        for feature in (1, 2):
            values = [float(row[feature]) for row in rows]
            assert (low[feature], high[feature]) == (min(values), max(values))


def test_no_gnuplot_no_plot(write, spiked, tmp_path):
    picture = tmp_path / "x.svg"
    line = complaint("--plot", picture, write(spiked), env={"PATH": str(tmp_path)})
    assert "gnuplot" in line and "install" in line
    assert not picture.exists()
    assert ".png" in complaint("--plot", "x.gif", write(spiked))


@pytest.mark.skipif(shutil.which("gnuplot") is None, reason="gnuplot is not installed")
def test_a_plot_that_cannot_be_written(write, tmp_path):
    path = write(text_of(metrics(100)))
    plot = tmp_path / "none" / "x.svg"
    # known before the first row, since a replay may take hours
    done = run("--label", "label", "--plot", plot, path)
    assert done.returncode == 2 and done.stdout == b""
    assert "can the file be written" in complaint("--label", "label", "--plot", plot, path)


@pytest.mark.skipif(shutil.which("gnuplot") is None, reason="gnuplot is not installed")
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_plot_that_has_no_room(write, tmp_path):
    (tmp_path / "x.svg").symlink_to("/dev/full")
    done = run("--label", "label", "--plot", tmp_path / "x.svg", write(text_of(metrics(100))))
    assert b"<svg" not in done.stderr, "gnuplot falls back on its standard output"
    assert done.returncode == 2
    assert "can the file be written" in done.stderr.decode().splitlines()[-1]


@pytest.mark.skipif(shutil.which("gnuplot") is None, reason="gnuplot is not installed")
def test_a_plot_of_numbers_that_are_hardly_any(write, tmp_path):
    numbers = ("1e308", "-1e308", "0", "4e-320", "inf", "", "1.7e308")
    lines = [f"{1767225600 + 60 * i},{numbers[i % 7]},{i % 3}" for i in range(300)]
    picture = tmp_path / "x.svg"
    done = run("--plot", picture, write("\n".join(["ts,odd,usual", *lines])))
    assert done.returncode == 0, done.stderr
    assert b">score" in picture.read_bytes()


# --- what goes wrong ---------------------------------------------------------


def test_a_missing_file():
    assert "no-such.csv" in complaint("no-such.csv")


def test_a_folder(tmp_path):
    assert str(tmp_path) in complaint(tmp_path)


@pytest.mark.parametrize("content", ["", "ts\n", "1767225600,1\n", "ts,cpu,cpu\n1,2,3\n"])
def test_a_bad_header(write, content):
    assert "metrics.csv: line 1" in complaint(write(content))


def test_no_rows(write):
    assert "no rows" in complaint(write("ts,cpu\n"))


def test_a_bad_row_is_told_by_its_line(write):
    table = text_of(metrics(300)).splitlines()
    table[250] = "yesterday,1,2,0"
    line = complaint("--label", "label", write("\n".join(table)))
    assert "metrics.csv: line 251" in line


def test_too_many_features(write):
    names = [f"f{i}" for i in range(65)]
    row = ",".join("1" for _ in names)
    table = f"ts,{','.join(names)}\n" + "".join(f"{START + 60 * i},{row}\n" for i in range(3))
    line = complaint(write(table))
    assert "line 1" in line and "--ignore" in line
    assert run("--ignore", "f64", write(table)).returncode == 0


def test_no_feature_is_left(write):
    assert "no feature" in complaint("--ignore", "cpu", write("ts,cpu\n1,2\n"))


@pytest.mark.parametrize("option", ["--ignore", "--label", "--noise", "--unit"])
def test_a_column_that_is_not_there(write, option):
    value = "gpu=1" if option in ("--noise", "--unit") else "gpu"
    line = complaint(option, value, write("ts,cpu\n1,2\n61,2\n"))
    assert "line 1" in line and '"gpu"' in line and option in line


@pytest.mark.parametrize(
    "options",
    [
        ["--trees", "many"],
        ["--trees", "-1"],
        ["--trees", "0"],
        ["--trees", "100000"],
        ["--trees", "1.5"],
        ["--sample-size", "1"],
        ["--false-alarms", "0"],
        ["--false-alarms", "nan"],
        ["--warm-up", "-1"],
        ["--window", "0"],
        ["--hits", "0"],
        ["--clear", "0"],
        ["--seed", "18446744073709551616"],
        ["--interval", "0"],
        ["--interval", "soon"],
        ["--format", "xml"],
        ["--noise", "cpu"],
        ["--noise", "cpu=loud"],
        ["--noise", "cpu=-1"],
        ["--colour"],
    ],
)
def test_bad_options(write, options):
    complaint(*options, write("ts,cpu\n1,2\n61,2\n"))


@pytest.mark.parametrize("arguments", [[], ["a.csv", "b.csv"], ["--label"]])
def test_wrong_numbers_of_arguments(arguments):
    assert "--help" in complaint(*arguments)


def test_a_damaged_gzip_file(write, spiked):
    packed = bytearray(gzip.compress(spiked.encode()))
    cut_off = complaint("--label", "label", write(bytes(packed[:-200]), "cut.gz"))
    assert "cut.gz: line " in cut_off and "cannot be read" in cut_off
    assert "fd:" not in cut_off, "that is zlib's name for it"
    packed[len(packed) // 2] ^= 0xFF
    assert "cannot be read" in complaint("--label", "label", write(bytes(packed), "bad.gz"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("rows", [3, 5000])  # which are written at the end, or before
def test_a_full_disk(write, rows):
    path = write(text_of(metrics(rows)))
    with open("/dev/full", "wb") as full:
        done = subprocess.run([REPLAY, "--label", "label", path], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert b"No space left" in done.stderr and done.stderr.count(b"\n") == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_and_no_rows():
    for option in ("--help", "--version"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([REPLAY, option], stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == 2
        assert b"No space left" in done.stderr and done.stderr.count(b"\n") == 1


def test_a_closed_pipe(write):
    path = write(text_of(metrics(5000)))
    read, written = os.pipe()
    os.close(read)
    done = subprocess.run(
        [REPLAY, "--label", "label", path], stdout=written, stderr=subprocess.PIPE
    )
    os.close(written)
    assert done.returncode == 2
    assert b"Broken pipe" in done.stderr and done.stderr.count(b"\n") == 1


# --- help --------------------------------------------------------------------


def test_help_names_every_option_of_the_manual():
    text = run("--help").stdout.decode()
    with open(os.path.join(SOURCE, "plugin/replay/anomaly-replay.1")) as file:
        manual = set(re.findall(r"^\.It Fl -([a-z-]+)", file.read(), re.M))
    assert manual == set(re.findall(r"--([a-z-]+)", text))
    assert "usage: anomaly-replay" in text


def test_version():
    done = run("--version")
    assert done.returncode == 0
    assert re.fullmatch(rb"anomaly-replay \d+\.\d+\.\d+\S*\n", done.stdout)


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-q", "-p", "no:cacheprovider"]))
