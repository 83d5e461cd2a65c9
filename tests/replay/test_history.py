# SPDX-License-Identifier: MIT
"""anomaly-replay on what collectd's csv and rrdtool plugins have written: the
verdicts are those of the plugin, and the plugin starts trained by it."""

import csv
import datetime
import io
import json
import os
import pathlib
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "collectd"))

from collectd_fixtures import collectd, module_collectd, plugin_dir  # noqa: E402, F401

REPLAY = pathlib.Path(os.environ.get("ANOMALY_BUILD_DIR", ".")).resolve() / "plugin/replay/anomaly-replay"
HEADER = ["ts", "score", "threshold", "flag", "fields", "note", "host", "detector"]
INTERVAL = 2
START = 1767225600  # 2026-01-01T00:00:00Z

WRITERS = """
LoadPlugin csv
<Plugin csv>
  DataDir "@DIR@/csv"
  StoreRates {rates}
</Plugin>
LoadPlugin rrdtool
<Plugin rrdtool>
  DataDir "@DIR@/rrd"
  CacheTimeout 0
</Plugin>
"""
SIMULATE = "<Simulate>\nHosts 2\nBackfill 1600\n</Simulate>"


def run(*arguments):
    return subprocess.run([REPLAY, *map(str, arguments)], capture_output=True, text=True, timeout=120)


def replay(*arguments):
    """The rows of a replay that goes well, and its stderr."""
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[0] == HEADER
    return [dict(zip(HEADER, row)) for row in rows[1:]], done.stderr


def complaint(*arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("anomaly-replay: "), done.stderr
    return done.stderr


def ms(ts):
    return round(datetime.datetime.fromisoformat(ts.replace("Z", "+00:00")).timestamp() * 1000)


# --- what the real plugins have written


@pytest.fixture(scope="module")
def histories(module_collectd):
    """Two collectds that have ended, and left CSV files, RRDs and their own
    verdicts; one has written raw values, the other rates."""
    daemons = {
        rates: module_collectd(
            anomaly=SIMULATE, interval=INTERVAL, plugins=WRITERS.format(rates=rates)
        ).start()
        for rates in ("false", "true")
    }
    for daemon in daemons.values():
        # the burst of the backfill makes values that are too old, which is no fault
        daemon.complaints_expected = True
        for host in ("sim-1", "sim-2"):
            daemon.wait_for_samples(host, 780)
        assert daemon.stop() == 0
    return daemons


@pytest.fixture(scope="module")
def history(histories):
    return histories["false"]


@pytest.mark.parametrize("rates", ["false", "true"])
def test_verdicts_are_those_of_the_plugin(histories, rates):
    daemon = histories[rates]
    rows, summary = replay("--collectd-csv", daemon.csv_dir)
    assert {row["detector"] for row in rows} == {"system"}
    assert "models              2, of 2 hosts" in summary
    assert f"one every {INTERVAL} s," in summary
    for host in ("sim-1", "sim-2"):
        theirs = {row["ts"]: row for row in daemon.samples(host)}
        ours = {ms(row["ts"]): row for row in rows if row["host"] == host}
        both = sorted(theirs.keys() & ours.keys())
        assert len(both) > 700
        differences = [
            abs(theirs[ts]["score"] - float(ours[ts]["score"]))
            for ts in both
            if theirs[ts]["score"] is not None and ours[ts]["score"]
        ]
        assert len(differences) > 600
        # in the burst of a backfill some values are late, and collectd's own
        # rates are wrong now and then
        assert statistics.median(differences) < 0.02


def test_days_and_hosts_are_put_together(history, tmp_path):
    whole, _ = replay("--collectd-csv", history.csv_dir, "--host", "sim-2")
    assert {row["host"] for row in whole} == {"sim-2"}
    for file in list((history.csv_dir / "sim-2").glob("*/*-20??-??-??")):
        target = tmp_path / file.relative_to(history.csv_dir)
        target.parent.mkdir(parents=True, exist_ok=True)
        header, *lines = file.read_text().splitlines(keepends=True)
        stem = str(target)[: -len("2026-01-31")]
        for day, part in (("1999-12-31", lines[:300]), ("2000-01-01", lines[300:])):
            pathlib.Path(stem + day).write_text("".join([header, *part]))
    split, _ = replay("--collectd-csv", tmp_path)
    assert split == whole


def test_rrds_hold_the_same(history):
    rows, summary = replay("--collectd-rrd", history.directory / "rrd")
    assert f"one every {INTERVAL} s," in summary
    for host in ("sim-1", "sim-2"):
        times = [ms(row["ts"]) for row in rows if row["host"] == host]
        assert len(times) > 700
        steps = [b - a for a, b in zip(times, times[1:])]
        assert statistics.median(steps) == 1000 * INTERVAL


def test_the_plugin_starts_trained(history, collectd):
    assert history.samples("sim-1")[0]["score"] is None  # as without an import
    own = '<Detector "system">\nWindow 86400\nTrees 50\n</Detector>'
    daemon = collectd(anomaly=f"{own}\n{SIMULATE}", interval=INTERVAL)
    saved = {}
    for host, option, directory in (
        ("sim-1", "--collectd-csv", history.csv_dir),
        ("sim-2", "--collectd-rrd", history.directory / "rrd"),
    ):
        _, summary = replay(
            option, directory, "--host", host,
            "--config", daemon.config_file, "--save", daemon.database,
        )
        assert "saved               1 model\n" in summary
        saved[host] = daemon.value(
            "SELECT saved_at FROM models WHERE host = ? AND detector = 'system'", host
        )
        assert saved[host] and daemon.samples(host) == []
    assert daemon.query("SELECT * FROM runs") == []

    daemon.start()
    for host in saved:
        first = daemon.wait_for_samples(host, 2)[0]
        assert first["ts"] > saved[host]
        assert first["score"] is not None and first["threshold"] is not None
        warming_up = daemon.command(f'GETVAL "{host}/anomaly-system/bool-warming_up"')
        assert warming_up == ["value=0.000000e+00"]
        score = daemon.command(f'GETVAL "{host}/anomaly-system/gauge-score"')[0]
        assert 0 <= float(score.removeprefix("value=")) <= 1
    came = re.findall(r"(\d+) models? restored, (\d+) begun anew", daemon.log())
    assert sum(int(restored) for restored, _ in came) == 2
    assert sum(int(anew) for _, anew in came) == 0


def test_what_the_plugin_knows_better_is_kept(history, tmp_path):
    database = tmp_path / "anomaly.db"
    shutil.copy(history.database, database)
    with sqlite3.connect(database) as connection:
        before = connection.execute("SELECT host, saved_at, image FROM models").fetchall()
        connection.execute("UPDATE models SET saved_at = saved_at + 60000 WHERE host = 'sim-2'")
    connection.close()
    _, summary = replay("--collectd-csv", history.csv_dir, "--save", database)
    assert re.search("1 model not saved|2 models not saved", summary)
    connection = sqlite3.connect(database)
    images = dict(connection.execute("SELECT host, image FROM models"))
    connection.close()
    assert images["sim-2"] == {host: image for host, _, image in before}["sim-2"]


# --- files made here


def write_csv(directory, name, rows, columns=("value",), day="2026-01-01"):
    file = directory / f"{name}-{day}"
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(("epoch", *columns))]
    lines += [",".join(str(cell) for cell in row) for row in rows]
    file.write_text("\n".join(lines) + "\n")
    return file


def memory(directory, host="web", count=400, step=10, spike=(), day="2026-01-01", start=START):
    """The memory plugin's files of a host; `spike`: rows in which nearly all of
    it is used."""
    for part, usual in (("used", 40), ("free", 60)):
        write_csv(
            directory / host / "memory",
            f"memory-{part}",
            [
                (
                    f"{start + step * i}.{i % 7:03}",
                    f"{usual + i % 3 + (55 if part == 'used' else -55) * (i in spike):.6f}",
                )
                for i in range(count)
            ],
            day=day,
        )


def test_a_spike_is_flagged(tmp_path):
    memory(tmp_path, spike=range(300, 310))
    rows, summary = replay("--collectd-csv", tmp_path)
    assert len(rows) == 400
    assert rows[0]["ts"] == "2026-01-01T00:00:00Z"
    flagged = [row for row in rows if row["flag"] == "1"]
    assert flagged and flagged[0]["ts"] == "2026-01-01T00:50:00Z"
    assert flagged[0]["fields"] == "memory" and "memory 9" in flagged[0]["note"]
    assert "models              1, of 1 host\n" in summary

    done = run("--collectd-csv", tmp_path, "--format", "json")
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(o["host"] == "web" and o["detector"] == "system" for o in objects)
    assert [o["ts"] for o in objects if o["flag"]] == [row["ts"] for row in flagged]


def test_options_of_the_detector(tmp_path):
    memory(tmp_path, spike=range(300, 310))
    calm, _ = replay("--collectd-csv", tmp_path, "--noise", "memory=90")
    assert not any(row["flag"] == "1" for row in calm)
    rows, _ = replay("--collectd-csv", tmp_path, "--unit", "memory=%%")
    assert any("%%" in row["note"] for row in rows)
    assert "--noise latency" in complaint("--collectd-csv", tmp_path, "--noise", "latency=1")
    assert "Trees" in complaint("--collectd-csv", tmp_path, "--trees", "0")


def test_the_order_within_a_file_is_put_right(tmp_path):
    memory(tmp_path / "right", spike=range(300, 310))
    memory(tmp_path / "wrong", spike=range(300, 310))
    for file in (tmp_path / "wrong").rglob("memory-*-*"):
        if file.is_file():
            header, *lines = file.read_text().splitlines(keepends=True)
            for i in range(0, len(lines) - 8, 8):
                lines[i : i + 8] = reversed(lines[i : i + 8])
            file.write_text("".join([header, lines[0], *lines]))
    assert replay("--collectd-csv", tmp_path / "wrong") == replay("--collectd-csv", tmp_path / "right")


def test_counters_and_the_order_of_sources(tmp_path):
    """Raw counters as collectd counts them, with a reboot; columns by name."""
    octets = [(START + 10 * i, 1000 * i % 200000, 500 * i % 100000) for i in range(400)]
    write_csv(tmp_path / "a" / "interface-eth0", "if_octets", octets, ("rx", "tx"))
    swapped = [(ts, tx, rx) for ts, rx, tx in octets]
    write_csv(tmp_path / "b" / "interface-eth0", "if_octets", swapped, ("tx", "rx"))
    rates = [
        (ts, "100.000000" if rx else "nan", "50.000000" if tx else "nan") for ts, rx, tx in octets
    ]
    write_csv(tmp_path / "c" / "interface-eth0", "if_octets", rates, ("rx", "tx"))
    rows, _ = replay("--collectd-csv", tmp_path)
    of = {
        host: [{**row, "host": ""} for row in rows if row["host"] == host] for host in ("a", "b", "c")
    }
    assert of["a"] == of["b"] == of["c"]
    assert len(of["a"]) == 400


def test_a_cadence_that_changes(tmp_path):
    memory(tmp_path, count=300, step=60)
    memory(tmp_path, count=300, step=10, day="2026-01-02", start=START + 86400)
    rows, summary = replay("--collectd-csv", tmp_path)
    times = [ms(row["ts"]) // 1000 - START for row in rows]
    assert times[:4] == [0, 60, 120, 180] and times[-1] == 86400 + 2990
    assert times[-2] == 86400 + 2980
    assert "one every 10 s at last" in summary
    given, summary = replay("--collectd-csv", tmp_path, "--interval", "60")
    assert "one every 60 s," in summary and len(given) < len(rows)


def test_memory_does_not_grow_with_the_history(tmp_path):
    def peak(directory):
        code = "import resource, subprocess, sys\nsubprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)\nprint(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        done = subprocess.run(
            [sys.executable, "-c", code, REPLAY, "--collectd-csv", directory],
            capture_output=True, text=True, timeout=300, check=True,
        )
        return int(done.stdout)

    memory(tmp_path / "short", count=2880, step=30)
    for day in range(30):
        memory(
            tmp_path / "long", count=2880, step=30,
            day=f"2026-01-{day + 1:02}", start=START + 86400 * day,
        )
    assert peak(tmp_path / "long") < peak(tmp_path / "short") + 2048  # KiB


# --- detectors of a collectd.conf

CONFIG = r"""
# collectd's syntax, whatever the plugin
Hostname "web"
Interval 10.0
BaseDir     "/var/lib/collectd"   # a comment
LoadPlugin cpu
<LoadPlugin "python">
  Globals true
</LoadPlugin>
<Plugin network>
  Listen 0.0.0.0 25826
  Listen "::" 0x64E2
  Server ff18::efc0:4a42
</Plugin>
<Plugin exec>
  Exec "nobody" "/bin/sh" "-c" "say \"hello\" \
        and go on"
</Plugin>
<Include "/etc/collectd/conf.d">
  Filter "*.conf"
</Include>
<plugin anomaly>
  Database "/nowhere/anomaly.db"
  <Detector "ram">
    Host "/^we/"
    FalseAlarms \
      0.5
    <Feature "used">
      Plugin memory
      TypeInstance "used"
      Percent yes
      Unit "\x25"
    </Feature>
  </Detector>
</plugin>
<Plugin "anomaly">
  <Detector "other">
    Host "/^(db|web)$/"
    <Feature "free">
      Plugin "memory"
      TypeInstance "free"
      Noise +1.5e+1
    </Feature>
  </Detector>
</Plugin>
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_detectors_of_a_configuration(tmp_path, end):
    config = tmp_path / "collectd.conf"
    config.write_bytes(CONFIG.replace("\\\\", "\\").replace("\n", end).encode())
    for host in ("web", "db", "mail"):
        memory(tmp_path / "csv", host=host, spike=range(300, 310))
    rows, summary = replay("--collectd-csv", tmp_path / "csv", "--config", config)
    assert {(row["host"], row["detector"]) for row in rows} == {
        ("web", "ram"), ("web", "other"), ("db", "other")
    }
    assert "models              3, of 2 hosts" in summary and "budget 0.5," in summary
    flagged = [row for row in rows if row["flag"] == "1"]
    assert {(row["detector"], row["fields"]) for row in flagged} == {("ram", "used"), ("other", "free")}
    assert any(re.match(r"used 9\S* x25,", row["note"]) for row in flagged)


def test_detectors_whose_intervals_end_apart_are_all_saved(tmp_path):
    config, database = tmp_path / "collectd.conf", tmp_path / "db" / "anomaly.db"
    detector = '<Detector "{0}">\n<Feature "x">\nPlugin "{0}"\n</Feature>\n</Detector>\n'
    config.write_text(
        "<Plugin anomaly>\n" + "".join(map(detector.format, ("slow", "fast", "slower"))) + "</Plugin>\n"
    )
    for plugin, step in (("fast", 10), ("slow", 60), ("slower", 300)):
        rows = [(START + step * i, f"{i % 7}.0") for i in range(7200 // step)]
        write_csv(tmp_path / "csv" / "web" / plugin, "gauge-x", rows)
    for _ in range(2):  # over what is of the same age, too
        _, summary = replay("--collectd-csv", tmp_path / "csv", "--config", config, "--save", database)
        assert "saved               3 models" in summary and "warning" not in summary
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM models").fetchone() == (3,)


def test_the_plugins_own_values_are_left_out(tmp_path):
    """As in the daemon: no detector watches detectors."""
    config = tmp_path / "collectd.conf"
    config.write_text(
        '<Plugin anomaly>\n<Detector "all">\n<Feature "gauges">\nType "gauge"\n</Feature>\n</Detector>\n</Plugin>\n'
    )
    rows = [(START + 10 * i, f"{i % 7}.0") for i in range(20)]
    write_csv(tmp_path / "csv" / "web" / "anomaly-all", "gauge-score", rows)
    arguments = ("--collectd-csv", tmp_path / "csv", "--config", config)
    assert "nothing that a detector watches" in complaint(*arguments)
    write_csv(tmp_path / "csv" / "web" / "fan", "gauge-speed", rows)
    assert len(replay(*arguments)[0]) == 20


def test_silence_of_a_configuration(tmp_path):
    memory(tmp_path / "csv", spike=range(300, 310))
    config = tmp_path / "collectd.conf"
    config.write_text('<Plugin anomaly>\n<Detector "system">\nSilence "daily 00:00-24:00"\n</Detector>\n</Plugin>\n')
    rows, _ = replay("--collectd-csv", tmp_path / "csv", "--config", config)
    assert all(row["score"] == "" for row in rows)  # nothing is learned


def test_the_built_in_detector_is_as_documented(history, tmp_path):
    """Restless file systems of every name that the man page and the detector
    leave out, and of some that they do not, beside those of a simulated host."""
    page = (HERE.parents[1] / "plugin/collectd/collectd-anomaly.5").read_text()
    block = page.split(".Sh THE BUILT-IN DETECTOR")[1].split(".Bd -literal\n")[1].split("\n.Ed")[0]
    config, tree = tmp_path / "collectd.conf", tmp_path / "csv"
    config.write_text("<Plugin anomaly>\n" + block.replace("\\e\n", "\\\n") + "\n</Plugin>\n")
    shutil.copytree(history.csv_dir / "sim-1", tree / "sim-1")
    names = (
        "dev proc run sys snap-core-1 var-lib-docker-overlay2 var-lib-containers var-lib-snapd tmpfs devtmpfs "
        "udev overlay shm efivarfs device running root-2"
    )
    for number, name in enumerate(names.split()):
        shutil.copytree(history.csv_dir / "sim-1" / "df-root", tree / "sim-1" / f"df-{name}")
        for file in (tree / "sim-1" / f"df-{name}").glob("df_complex-free-*"):
            header, *lines = file.read_text().splitlines()
            rows = [(*line.split(","), 1 + (number + i) % 7) for i, line in enumerate(lines)]
            lines = [f"{time},{float(free) * factor:.6f}" for time, free, factor in rows]
            file.write_text("\n".join([header, *lines]) + "\n")
    ours, _ = replay("--collectd-csv", tree)
    assert replay("--collectd-csv", tree, "--config", config)[0] == ours
    assert any(row["score"] for row in ours)


def test_example_configurations_are_read(tmp_path):
    memory(tmp_path)
    for config in (HERE.parents[1] / "contrib" / "examples").glob("*.conf"):
        done = run("--collectd-csv", tmp_path, "--config", config)
        assert f"{config.name}: line" not in done.stderr
        if "<Plugin anomaly>" not in config.read_text():
            assert "no <Plugin anomaly>" in done.stderr


def test_mistakes_of_a_configuration(tmp_path):
    memory(tmp_path / "csv")
    config = tmp_path / "collectd.conf"
    for text, line, what in (
        ("<Plugin anomaly>\nDatabase \"x\n", 2, "no end"),
        ("<Plugin anomaly>\n\n", 3, "<Plugin> of line 1 has no end"),
        ("<Plugin anomaly>\n<Detector a>\n</Plugin>\n", 3, "expects </Detector>, of line 2"),
        ("</Plugin>\n", 1, "no block is open"),
        ("<Plugin anomaly\n</Plugin>\n", 1, "close it by a >"),
        ("\nA = 1\n", 2, "'='"),
        ("A <\n", 1, "cannot stand here"),
        ("<A>\n</=\n", 2, "'='"),
        ("<A>\n" * 20, 17, "within each other"),
        ("<>\n", 1, "expects the name"),
        ('<Plugin anomaly>\n<Detector "system">\n\nTrees 0\n</Detector>\n</Plugin>\n', 4, "`Trees 0'"),
        ('<Plugin anomaly>\n<Detector "x">\n</Detector>\n</Plugin>\n', 2, "add a <Feature>"),
        ('<Plugin anomaly>\n<Detector "system">\nTree 1\n</Detector>\n</Plugin>\n', 3, "no such option"),
    ):
        config.write_text(text)
        message = complaint("--collectd-csv", tmp_path / "csv", "--config", config)
        assert message.startswith(f"anomaly-replay: {config}: line {line}: ") and what in message, (text, message)
    config.write_text("LoadPlugin anomaly\n")
    assert "no <Plugin anomaly>" in complaint("--collectd-csv", tmp_path / "csv", "--config", config)
    assert "--config" in complaint("--collectd-csv", tmp_path / "csv", "--config", tmp_path / "none")
    complaint("--collectd-csv", tmp_path / "csv", "--config", config, "--trees", "10")
    complaint("file.csv", "--config", config)
    config.write_text("<Plugin anomaly>\n</Plugin>")
    rows, _ = replay("--collectd-csv", tmp_path / "csv", "--config", config)
    assert {row["detector"] for row in rows} == {"system"}


# --- RRDs made here


def rrdtool(*arguments):
    subprocess.run(["rrdtool", *map(str, arguments)], check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def rrd_tree(tmp_path_factory):
    """A day at a value a minute, of which the finest averages keep an hour, the
    coarser all of it; other consolidations keep more."""
    directory = tmp_path_factory.mktemp("rrd")
    for part, usual in (("used", 40), ("free", 60)):
        file = directory / "web" / "memory" / f"memory-{part}.rrd"
        file.parent.mkdir(parents=True, exist_ok=True)
        rrdtool(
            "create", file, "--start", START, "--step", 60, "DS:value:GAUGE:120:0:U",
            "RRA:MAX:0.1:1:2880", "RRA:AVERAGE:0.1:10:144", "RRA:AVERAGE:0.1:1:60",
            "RRA:MIN:0.1:1:60", "RRA:MAX:0.1:60:48",
        )
        rrdtool("update", file, *(f"{START + 60 * i}:{usual + i % 3}" for i in range(1, 1441)))
    return directory


def test_the_finest_averages_of_each_time(rrd_tree):
    rows, summary = replay("--collectd-rrd", rrd_tree)
    times = [ms(row["ts"]) // 1000 - START for row in rows]
    assert times == [*range(0, 82800, 600), *range(82800, 86400, 60)]
    assert "one every 60 s at last" in summary


def test_damaged_rrds(rrd_tree, tmp_path):
    tree = tmp_path / "tree"
    shutil.copytree(rrd_tree, tree)
    file = tree / "web" / "memory" / "memory-used.rrd"
    whole = file.read_bytes()
    for damaged in (b"", b"RRD\0", whole[:600], whole[:-100], b"\xff" * len(whole), b"epoch,value\n"):
        file.write_bytes(damaged)
        assert str(file) in complaint("--collectd-rrd", tree)
    file.unlink()
    (tree / "web" / "memory" / "memory-free.rrd").unlink()
    assert "nothing that a detector watches" in complaint("--collectd-rrd", tree)


# --- what is wrong with a directory


def test_lines_that_are_none(tmp_path):
    for text, line, what in (
        ("epoch,value\n1767225600.0,1.0\n1767225610,1,2\n", 3, "columns of the header"),
        ("epoch,value\n1767225600.0,1.0\n1767225610\n", 3, "columns of the header"),
        ("epoch,value\n1767225600.0,1.0\nyesterday,1.0\n", 3, "columns of the header"),
        ("epoch,value\n1767225600.0,1.0\n1767225610.0,x\n", 3, "no number"),
        ("epoch,value\n1767225600.0,1.0\n-5,1.0\n", 3, "columns of the header"),
        ("epoch,value\n1767225600.0,1.0\n1e300,1.0\n", 3, "columns of the header"),
        ("epoch,value\n1767225600.0,1.0\nepoch,value\n", 3, "columns of the header"),
        ("ts,value\n1767225600.0,1.0\n", 1, "header"),
        ("epoch,used\n1767225600.0,1.0\n", 1, 'no column "value"'),
        ("\0\0\0\0\n", 1, "no line of collectd"),
        ("epoch" + ",value" * 3000 + "\n", 1, "no line of collectd"),
    ):
        file = write_csv(tmp_path / "web" / "memory", "memory-used", [])
        file.write_text(text)
        message = complaint("--collectd-csv", tmp_path)
        assert f"{file}: line {line}: " in message and what in message, (text[:60], message)


def test_a_first_row_that_the_header_was_written_over(tmp_path):
    """As two threads of the csv plugin do, when both make the file."""
    memory(tmp_path)
    whole = replay("--collectd-csv", tmp_path)
    for file in (tmp_path / "web/memory").iterdir():
        header, rest = file.read_text().split("\n", 1)
        file.write_text(f"{header}\n0.123,9.000000\n{rest}")
    assert replay("--collectd-csv", tmp_path) == whole


def test_a_line_that_is_being_written(tmp_path):
    memory(tmp_path)
    whole = replay("--collectd-csv", tmp_path)
    with open(tmp_path / "web/memory/memory-used-2026-01-01", "a") as file:
        file.write(f"{START + 4000}.0")
    assert replay("--collectd-csv", tmp_path) == whole


def test_what_is_no_file_of_collectd(tmp_path):
    memory(tmp_path)
    whole = replay("--collectd-csv", tmp_path)
    directory = tmp_path / "web" / "memory"
    (directory / "memory-used-2026-01-02").symlink_to("memory-used-2026-01-02")
    (directory / "loop").symlink_to(tmp_path)
    (tmp_path / "web" / "loop").symlink_to(tmp_path / "web")
    (tmp_path / "web" / "nowhere").symlink_to("nowhere")
    (tmp_path / "note.txt").write_text("x")
    os.mkfifo(directory / "memory-pipe-2026-01-01")
    (directory / "memory-dir-2026-01-01").mkdir()
    for name in ("-2026-01-01", "memory-2026-1-1", "\x01\xff\n-2026-01-01", "x" * 240, ".hidden-2026-01-01"):
        (directory / name).write_text("\0garbage\n")
    assert replay("--collectd-csv", tmp_path) == whole


def test_mistakes(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "DataDir" in complaint("--collectd-csv", tmp_path / "nowhere")
    assert "DataDir" in complaint("--collectd-csv", empty)
    memory(tmp_path / "csv")
    csv_dir = tmp_path / "csv"
    assert "--host" in complaint("--collectd-csv", csv_dir, "--host", "db")
    assert "nothing that a detector watches" in complaint("--collectd-rrd", csv_dir)
    for wrong in (
        ["--collectd-rrd", csv_dir],
        ["--label", "label"],
        ["--ignore", "x"],
        ["--plot", "x.svg"],
        ["file.csv"],
    ):
        complaint("--collectd-csv", csv_dir, *wrong)
    for wrong in (["--save", "x.db"], ["--host", "web"], ["--types-db", "x"]):
        complaint("file.csv", *wrong)
    complaint("--collectd-rrd", csv_dir, "--interval", "10")
    unwritable = tmp_path / "file"
    unwritable.write_text("no database")
    assert str(unwritable) in run("--collectd-csv", csv_dir, "--save", unwritable).stderr
    assert run("--collectd-csv", csv_dir, "--save", unwritable).returncode == 2


def test_types_db(tmp_path):
    write_csv(tmp_path / "web" / "memory", "memory-used", [(START, "1.0")])
    assert "--types-db" in complaint("--collectd-csv", tmp_path, "--types-db", tmp_path / "none")
    types = tmp_path / "types.db"
    types.write_text("# none of ours\ncpu value:DERIVE:0:U\n")
    assert 'type "memory" is unknown' in complaint("--collectd-csv", tmp_path, "--types-db", types)
    for wrong in ("memory", "memory value", "memory value:GAUGE:0", "memory value:RATE:0:U", "memory value:GAUGE:a:U"):
        types.write_text("\n" + wrong + "\n")
        assert f"{types}: line 2: " in complaint("--collectd-csv", tmp_path, "--types-db", types)
    types.write_text("memory other:GAUGE:0:U\n")
    more = tmp_path / "more.db"
    more.write_text("memory\t\tvalue:gauge:0:U\n")
    assert 'no column "other"' in complaint("--collectd-csv", tmp_path, "--types-db", types)
    replay("--collectd-csv", tmp_path, "--types-db", types, "--types-db", more)
