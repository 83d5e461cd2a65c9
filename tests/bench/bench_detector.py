#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the forest costs beside scikit-learn's, and a frame and a row of a file.

Prints NAME VALUE UNIT, a figure a line; 5 and 38 at a name's end are columns of
the forest, or features of the detector. All on one core and in processor time.
Needs python3-sklearn; ANOMALY_BUILD_DIR says where the programs are (default:
here).
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import resource  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy  # noqa: E402
from sklearn.ensemble import IsolationForest  # noqa: E402

BUILD = Path(os.environ.get("ANOMALY_BUILD_DIR", "."))
ROUNDS = 3
TREES, SAMPLE_SIZE, TRAINING_ROWS, BATCH_ROWS = 100, 256, 2048, 100_000
REPLAY_ROWS = 200_000
WORST_OF = 1_000_000


def tell(name, value, unit):
    print(f"{name} {value:.4g} {unit}", flush=True)


def run_ours(*arguments):
    """Shows and returns the figures of bench_detector."""
    done = subprocess.run(
        [BUILD / "tests/bench/bench_detector", *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    print(done.stdout, end="", flush=True)
    return {name: float(value) for name, value, _ in map(str.split, done.stdout.splitlines())}


def cost(function):
    """Seconds of the cheapest of some calls."""
    costs = []
    for _ in range(ROUNDS):
        began = time.process_time()
        function()
        costs.append(time.process_time() - began)
    return min(costs)


def bench_forest():
    ours = run_ours("forest")
    for columns in (5, 38):
        random = numpy.random.RandomState(columns)
        forest = IsolationForest(n_estimators=TREES, max_samples=SAMPLE_SIZE, random_state=7)
        forest.fit(random.normal(size=(TRAINING_ROWS, columns)))
        rows = random.normal(size=(BATCH_ROWS, columns))
        one_row = cost(lambda: forest.score_samples(rows[:1])) * 1e9
        batch = BATCH_ROWS / cost(lambda: forest.score_samples(rows))
        tell(f"sklearn_one_row_{columns}", one_row, "ns/row")
        tell(f"sklearn_batch_{columns}", batch, "rows/s")
        for name in ("forest", "forest_padded"):
            tell(f"{name}_one_row_over_sklearn_{columns}", one_row / ours[f"{name}_one_row_{columns}"], "times")
            tell(f"{name}_batch_over_sklearn_{columns}", ours[f"{name}_batch_{columns}"] / batch, "times")


def bench_replay(directory):
    random = numpy.random.RandomState(7)
    values = 50 + 10 * numpy.sin(numpy.arange(REPLAY_ROWS) / 500)[:, None] + random.normal(size=(REPLAY_ROWS, 5))
    table = directory / "table.csv"
    with table.open("w") as file:
        file.write("ts,cpu,memory,disk,network,errors\n")
        for i, row in enumerate(values):
            file.write(f"{1767225600 + 10 * i}," + ",".join(f"{value:.3f}" for value in row) + "\n")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [BUILD / "plugin/replay/anomaly-replay", table],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    tell("replay_5", REPLAY_ROWS / spent, "rows/s")


if __name__ == "__main__":
    bench_forest()
    run_ours("models")
    run_ours("worst", str(WORST_OF))
    with tempfile.TemporaryDirectory(prefix="anomaly-bench-") as made:
        bench_replay(Path(made))
