# SPDX-License-Identifier: MIT
"""The forest beside scikit-learn's on the same rows.

Without padding both grow the trees of the paper, so scores and ranking must be
alike but for what chance does. The same seeds give the same verdict each time.
"""

import os
import subprocess
from pathlib import Path

import numpy
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

PROGRAM = Path(os.environ.get("ANOMALY_BUILD_DIR", ".")) / "tests/unit/forest_scores"
SEEDS = range(10)
ROWS = 3000
OUTLIERS = 150


def make_table(columns):
    """A cloud, a smaller one beside it, and outliers in a few columns, which are
    hard to tell from them: the area under the curve is not 1 for everybody."""
    random = numpy.random.RandomState(columns)
    table = random.normal(size=(ROWS, columns))
    table[: ROWS // 4] = 3 + 0.5 * table[: ROWS // 4]
    outliers = random.choice(ROWS, OUTLIERS, replace=False)
    few = min(columns, 8)
    table[outliers, :few] = random.uniform(-4, 5, size=(OUTLIERS, few))
    odd = numpy.zeros(ROWS, dtype=bool)
    odd[outliers] = True
    return table, odd


def score(table, padding, seed):
    rows, columns = table.shape
    done = subprocess.run(
        [PROGRAM, str(columns), str(rows), str(padding), str(seed)],
        input=table.tobytes(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return numpy.frombuffer(done.stdout)


def score_by_sklearn(table, seed):
    forest = IsolationForest(n_estimators=100, max_samples=256, random_state=seed)
    return -forest.fit(table).score_samples(table)


@pytest.mark.parametrize("columns", [2, 5, 38])
def test_alike(columns):
    table, odd = make_table(columns)
    ours = numpy.array([score(table, 0, seed) for seed in SEEDS])
    theirs = numpy.array([score_by_sklearn(table, seed) for seed in SEEDS])

    # row by row: by how much the means of ten forests differ, in standard errors
    error = numpy.sqrt((ours.var(axis=0, ddof=1) + theirs.var(axis=0, ddof=1)) / len(SEEDS))
    off = (ours.mean(axis=0) - theirs.mean(axis=0)) / error
    assert abs(off.mean()) < 1
    assert numpy.sqrt((off**2).mean()) < 2

    # and as a whole
    our_auc = numpy.array([roc_auc_score(odd, scores) for scores in ours])
    their_auc = numpy.array([roc_auc_score(odd, scores) for scores in theirs])
    assert 0.6 < their_auc.mean() < 0.999
    error = numpy.sqrt((our_auc.var(ddof=1) + their_auc.var(ddof=1)) / len(SEEDS))
    assert abs(our_auc.mean() - their_auc.mean()) < 3 * error
