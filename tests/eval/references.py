#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Detectors to be measured against, over the labelled series.

usage: references.py EVAL_DIR WORK_DIR

Writes WORK_DIR/references/DETECTOR/NAME.csv (ts,score,flag,fields) for every
series of EVAL_DIR/index.csv, in two processes. What is there already is kept
for as long as neither this script nor the series changes.

  forest         scikit-learn's isolation forest, fitted on the training rows
  forest-hind    the same, fitted on the rows that it judges
  energy         sum of squares of window features
  pca            what the principal components do not explain of them
  mahalanobis    their distance from the centre in units of their covariance

The last three stream: every row is judged by what came before it, and learned
then. No detector ever sees a label.
"""
import csv
import hashlib
import multiprocessing
import os
import sys

# one thread a process: two processes have the two cores for themselves
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.signal import lfilter
from sklearn.ensemble import IsolationForest

WEEK = 7 * 86400
WINDOW_ROWS = 10  # of the window features
CLIP = 30.0  # of what is judged, in standard deviations
CLIP_LEARNED = 8.0  # of what the covariance learns
RIDGE = 0.1  # added to its diagonal
PCA_SHARE = 0.9  # of the variance that counts as explained
SHOWN_SPAN = 15  # rows that the score is smoothed over
FLAGGED_SPAN = 5  # the same for the flags
FIELDS = 5  # suspects named


# --- window features ---------------------------------------------------------


def weights(rows, cadence):
    """Weight of each row in what is learned: all rows alike, then a week."""
    return 1 / np.minimum(np.arange(1, rows + 1), WEEK / cadence)


def standardise(values, weight, floor):
    """z-scores by the mean and deviation of the rows before.

    floor(mean) is the least deviation. The first two rows are 0.
    """
    mean = values[0].copy()
    variance = np.zeros_like(mean)
    out = np.zeros_like(values)
    for i, row in enumerate(values):
        step = row - mean
        if i >= 2:
            out[i] = step / floor(mean, np.sqrt(variance))
        mean += weight[i] * step
        variance = (1 - weight[i]) * (variance + weight[i] * step * step)
    return np.clip(out, -CLIP, CLIP)


def hardly_moves(mean, sd):
    """A feature that has been constant: 5 % of its level for a deviation."""
    constant = sd < 1e-12 + 1e-9 * np.abs(mean)
    return np.where(constant, np.maximum(0.05 * np.abs(mean), 1e-3), sd)


def window_features(values, cadence):
    """A feature's z, its mean over ten rows, and its log-deviation over them."""
    weight = weights(len(values), cadence)
    z = standardise(values, weight, hardly_moves)
    rolling = pd.DataFrame(z).rolling(WINDOW_ROWS, min_periods=1)
    spread = np.log(rolling.std().fillna(0).values + 0.05)
    spread = standardise(spread, weight, lambda mean, sd: np.maximum(sd, 0.05))
    return np.hstack((z, rolling.mean().values, spread))


def blocks(rows, cadence):
    """Row ranges between two renewals of what was learned: 200, later 6 h."""
    start = 0
    while start < rows:
        length = 200 if start < 2000 else max(1, round(6 * 3600 / cadence))
        yield start, min(start + length, rows)
        start += length


def by_covariance(columns, cadence, judge):
    """judge(rows, covariance) -> (scores, blame a column), block by block."""
    weight = weights(len(columns), cadence)
    learned = np.clip(columns, -CLIP_LEARNED, CLIP_LEARNED)
    covariance = np.zeros((columns.shape[1],) * 2)
    score = np.zeros(len(columns))
    blame = np.zeros_like(columns)
    for start, end in blocks(len(columns), cadence):
        if start > 0:
            score[start:end], blame[start:end] = judge(columns[start:end], covariance)
        # what is left of each row, and of the past, at the end of the block
        keep = np.cumprod((1 - weight[start:end])[::-1])[::-1]
        share = weight[start:end] * np.append(keep[1:], 1)
        rows = learned[start:end]
        covariance = keep[0] * covariance + (rows * share[:, None]).T @ rows
    return score, blame


# --- the streaming detectors: (score, blame a column) ------------------------


def energy(columns, _):
    return (columns**2).sum(axis=1), columns**2


def mahalanobis(columns, cadence):
    def judge(rows, covariance):
        precision = np.linalg.inv(covariance + RIDGE * np.eye(len(covariance)))
        product = rows @ precision
        residual = np.abs(product) / np.sqrt(np.diag(precision))
        return (product * rows).sum(axis=1), np.minimum(residual, CLIP)

    return by_covariance(columns, cadence, judge)


def pca(columns, cadence):
    def judge(rows, covariance):
        values, vectors = np.linalg.eigh(covariance)
        share = np.cumsum(values[::-1]) / values.sum()
        kept = min(np.searchsorted(share, PCA_SHARE) + 1, len(values) - 1)
        main = vectors[:, ::-1][:, :kept]
        residual = rows - (rows @ main) @ main.T
        return (residual**2).sum(axis=1), residual**2

    return by_covariance(columns, cadence, judge)


STREAMING = {"energy": energy, "mahalanobis": mahalanobis, "pca": pca}


def smooth(values, span):
    """Exponentially weighted mean of that span, from the first row on."""
    alpha = 2 / (span + 1)
    start = (1 - alpha) * values[:1]
    return lfilter([alpha], [1, alpha - 1], values, axis=0, zi=start)[0]


def rolling_flags(score, cadence):
    """Raised above all but about three of the last week's hourly maxima, held
    until below its 98th percentile."""
    week, hour = round(WEEK / cadence), max(1, round(3600 / cadence))
    learned_from, judged_from = 114, 164
    flags = np.zeros(len(score), bool)
    maxima, high, low, renewal, on = [], np.inf, np.inf, 0, False
    for i, value in enumerate(score):
        if i >= judged_from:
            if i >= renewal:
                past = score[max(learned_from, i - week) : i]
                low = np.quantile(past, 0.98)
                renewal = i + (20 if i < 2000 else max(10, round(6 * 3600 / cadence)))
            on = value > high or (on and value > low)
            flags[i] = on
        if i >= learned_from and (i - learned_from + 1) % hour == 0:
            maxima = (maxima + [score[i + 1 - hour : i + 1].max()])[-168:]
            high = np.quantile(maxima, 1 - 3 / 168)
    return flags


def stream(detector, columns, features, cadence):
    """(score, flags, blame a feature) of a streaming detector"""
    score, blame = STREAMING[detector](columns, cadence)
    blame = blame.reshape(len(columns), 3, features)
    blame = blame.max(axis=1) if detector == "mahalanobis" else blame.sum(axis=1)
    return (
        smooth(score, SHOWN_SPAN),
        rolling_flags(smooth(score, FLAGGED_SPAN), cadence),
        smooth(blame, SHOWN_SPAN),
    )


# --- scikit-learn's forest ---------------------------------------------------

# share of the rows fitted that are taken for anomalous
CONTAMINATION = {"forest": 0.001, "forest-hind": 0.05}


def forest(detector, values, train_rows):
    """(score, flags, blame a feature) of a forest fitted once"""
    fitted = values[:train_rows] if detector == "forest" else values[train_rows:]
    sample = min(256, len(fitted))
    model = IsolationForest(n_estimators=100, max_samples=sample, random_state=42)
    model.fit(fitted)
    threshold = np.quantile(-model.score_samples(fitted), 1 - CONTAMINATION[detector])
    score = -model.score_samples(values)
    sd = fitted.std(axis=0)
    return (
        score,
        score > threshold,
        np.abs(values - fitted.mean(axis=0)) / np.where(sd > 0, sd, 1e-3),
    )


# --- one series --------------------------------------------------------------


def write(path, ts, names, score, flags, blame):
    top = np.argsort(-blame, axis=1, kind="stable")[:, :FIELDS]
    temporary = path + ".part"
    with open(temporary, "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("ts", "score", "flag", "fields"))
        for i in range(len(ts)):
            fields = ";".join(names[j] for j in top[i]) if flags[i] else ""
            rows.writerow((ts[i], "%.9g" % score[i], int(flags[i]), fields))
    os.replace(temporary, path)


def judge_series(job):
    row, table, folder = job
    data = pd.read_csv(table, dtype={"ts": str})
    names = [c for c in data.columns if c not in ("ts", "label")]
    values = data[names].astype(float).ffill().fillna(0).values
    cadence = float(row["cadence_s"])

    for detector in CONTAMINATION:
        result = forest(detector, values, int(row["train_rows"]))
        write(os.path.join(folder, detector, row["name"] + ".csv"), data["ts"], names, *result)
    columns = window_features(values, cadence)
    for detector in STREAMING:
        result = stream(detector, columns, len(names), cadence)
        write(os.path.join(folder, detector, row["name"] + ".csv"), data["ts"], names, *result)
    return row["name"]


def key_of(table):
    """Hash of what the result depends on."""
    key = hashlib.sha256()
    for path in (os.path.abspath(__file__), table):
        with open(path, "rb") as file:
            key.update(file.read())
    return key.hexdigest()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    eval_dir, folder = sys.argv[1], os.path.join(sys.argv[2], "references")
    for detector in [*CONTAMINATION, *STREAMING]:
        os.makedirs(os.path.join(folder, detector), exist_ok=True)

    jobs, keys = [], {}
    with open(os.path.join(eval_dir, "index.csv"), newline="") as file:
        for row in csv.DictReader(file):
            table = os.path.join(eval_dir, row["file"])
            key, stamp = key_of(table), os.path.join(folder, row["name"] + ".key")
            if not os.path.exists(stamp) or open(stamp).read() != key:
                jobs.append((row, table, folder))
                keys[row["name"]] = (stamp, key)

    with multiprocessing.Pool(2) as pool:
        for name in pool.imap_unordered(judge_series, jobs):
            stamp, key = keys[name]
            with open(stamp, "w") as file:
                file.write(key)
            print("references:", name, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
