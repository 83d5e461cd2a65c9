#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures anomaly-replay on the labelled series, beside other detectors.

usage: run.py [--seeds N,N,...] [--only DATASET] [--record] REPLAY EVAL_DIR WORK_DIR [-- OPTION...]

REPLAY is the program, EVAL_DIR the folder with index.csv and evaluate.py, and
WORK_DIR takes all that is written. What follows -- goes to the program. Two
processes run at a time.

Says what moved against the figures recorded last, in recorded.csv beside this
program; --record puts the new ones in their place.
"""
import argparse
import concurrent.futures
import csv
import hashlib
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDED = os.path.join(HERE, "recorded.csv")
REFERENCES = ("forest", "forest-hind", "energy", "pca", "mahalanobis")
COLUMNS = (  # evaluate.py's name, ours
    ("vus_pr", "VUS-PR"),
    ("auc_pr", "AUC-PR"),
    ("ev_f1", "event F1"),
    ("ev_rec", "recall"),
    ("ev_prec", "precision"),
    ("fa_day", "fa/day"),
    ("f1_best", "best F1"),
    ("hit1", "hit@1"),
    ("hit3", "hit@3"),
)


def parse_arguments():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].split("usage: ")[1])
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--only", metavar="DATASET", help="one data set, without references")
    parser.add_argument("--record", action="store_true", help="keep the figures to compare with")
    parser.add_argument("replay")
    parser.add_argument("eval_dir")
    parser.add_argument("work_dir")
    parser.add_argument("options", nargs="*", help="for the program")
    arguments = parser.parse_args()
    if arguments.record and (arguments.only or arguments.options):
        parser.error("--record takes all data sets, by the program's own defaults")
    return arguments


def read_index(eval_dir, only):
    index = os.path.join(eval_dir, "index.csv")
    if not os.path.exists(os.path.join(eval_dir, "evaluate.py")) or not os.path.exists(index):
        sys.exit(
            f"eval: {eval_dir} holds no labelled series (index.csv, evaluate.py): "
            "say where they are: make eval EVAL_DIR=..."
        )
    with open(index, newline="") as file:
        return [row for row in csv.DictReader(file) if only in (None, row["dataset"])]


def replay(arguments, seed, row):
    """One series, one seed, to WORK_DIR/ours/SEED/NAME.csv."""
    folder = os.path.join(arguments.work_dir, "ours", seed)
    os.makedirs(folder, exist_ok=True)
    command = [arguments.replay, "--label", "label", "--seed", seed]
    command += ["--interval", row["cadence_s"], *arguments.options]
    command.append(os.path.join(arguments.eval_dir, row["file"]))
    with open(os.path.join(folder, row["name"] + ".csv"), "w") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"eval: {' '.join(command)}: {done.stderr.strip()}")


def evaluate(arguments, scores):
    """What evaluate.py says of a folder of scores."""
    command = [sys.executable, os.path.join(arguments.eval_dir, "evaluate.py"), "--json", "-"]
    if arguments.only:
        command += ["--dataset", arguments.only]
    command += [os.path.join(arguments.eval_dir, "index.csv"), scores]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def evaluate_reference(arguments, detector):
    """The same, remembered for as long as scores and evaluate.py are the same."""
    folder = os.path.join(arguments.work_dir, "references")
    key = hashlib.sha256()
    names = [n for n in os.listdir(folder) if n.endswith(".key")]
    paths = [os.path.join(folder, name) for name in sorted(names)]
    for path in [os.path.join(arguments.eval_dir, "evaluate.py"), *paths]:
        with open(path, "rb") as file:
            key.update(file.read())
    cache = os.path.join(folder, f"{detector}-{key.hexdigest()[:16]}.json")
    if not os.path.exists(cache):
        result = evaluate(arguments, os.path.join(folder, detector))
        with open(cache + ".part", "w") as file:
            json.dump(result, file)
        os.replace(cache + ".part", cache)
    with open(cache) as file:
        return json.load(file)


def cell(values):
    values = [v for v in values if v is not None]
    if not values:
        return "-"
    text = f"{statistics.mean(values):.3f}"
    return text + (f"±{statistics.stdev(values):.3f}" if len(values) > 1 else "")


def print_row(name, results):
    cells = [cell([r["mean"].get(key) for r in results]) for key, _ in COLUMNS]
    for data_set in results[0]["datasets"]:
        cells.append(cell([r["datasets"][data_set].get("vus_pr") for r in results]))
    print(f"{name:<24}" + "".join(f"{c:>13}" for c in cells))


def figures_of(results):
    """{"mean" or a data set: {evaluate.py's name: mean over the seeds}}"""
    figures = {}
    for part in ["mean", *results[0]["datasets"]]:
        rows = [r["mean"] if part == "mean" else r["datasets"][part] for r in results]
        values = {key: [row[key] for row in rows if key in row] for key, _ in COLUMNS}
        figures[part] = {key: statistics.mean(v) for key, v in values.items() if v}
    return figures


def print_moved(figures, only):
    """The difference to what was recorded last."""
    if not os.path.exists(RECORDED):
        print("\nnothing has been recorded to compare with: --record")
        return
    with open(RECORDED, newline="") as file:
        recorded = {row.pop("part"): row for row in csv.DictReader(file)}
    print(f"\n{'moved since recorded':<24}" + "".join(f"{head:>13}" for _, head in COLUMNS))
    for part, row in figures.items():
        if part == "mean" and only:
            continue
        before = recorded.get(part, {})
        cells = [
            f"{row[key] - float(before[key]):+.3f}" if key in row and before.get(key) else "-"
            for key, _ in COLUMNS
        ]
        print(f"{part:<24}" + "".join(f"{c:>13}" for c in cells))


def record(figures):
    with open(RECORDED, "w", newline="") as file:
        writer = csv.DictWriter(file, ["part", *(key for key, _ in COLUMNS)], lineterminator="\n")
        writer.writeheader()
        for part, row in figures.items():
            writer.writerow({"part": part, **{key: f"{v:.4f}" for key, v in row.items()}})


def print_published(eval_dir):
    """The table of detectors in EVAL_DIR/README.md, as it stands."""
    try:
        with open(os.path.join(eval_dir, "README.md")) as file:
            lines = [line.rstrip() for line in file if line.startswith("|")]
    except FileNotFoundError:
        return
    start = next((i for i, line in enumerate(lines) if line.startswith("| detector |")), None)
    if start is not None:
        print(f"\nas published in {eval_dir}/README.md:")
        print("\n".join(lines[start:]))


def main():
    arguments = parse_arguments()
    rows = read_index(arguments.eval_dir, arguments.only)
    seeds = arguments.seeds.split(",")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(replay, arguments, seed, row) for seed in seeds for row in rows]
        for job in concurrent.futures.as_completed(jobs):
            job.result()

    references = [] if arguments.only else REFERENCES
    if references:
        script = os.path.join(HERE, "references.py")
        subprocess.run([sys.executable, script, arguments.eval_dir, arguments.work_dir], check=True)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        folders = [os.path.join(arguments.work_dir, "ours", seed) for seed in seeds]
        ours = list(pool.map(lambda folder: evaluate(arguments, folder), folders))
        others = list(pool.map(lambda d: evaluate_reference(arguments, d), references))

    heads = [head for _, head in COLUMNS] + ["VUS " + d for d in ours[0]["datasets"]]
    print(f"{'detector':<24}" + "".join(f"{h:>13}" for h in heads))
    print_row(f"us, seeds {arguments.seeds}", ours)
    for detector, result in zip(references, others):
        print_row(detector, [result])
    figures = figures_of(ours)
    print_moved(figures, arguments.only)
    if arguments.record:
        record(figures)
    print_published(arguments.eval_dir)


if __name__ == "__main__":
    main()
