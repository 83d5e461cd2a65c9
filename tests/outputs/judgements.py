# SPDX-License-Identifier: MIT
"""What the plugin has judged, to hold what a server gives back against it."""

import json
import math

from collectd_daemon import wait_for
from machine import FEATURES, Machine

HOST = "web-1"
# those whose numbers are held against the database, and all
NAMES = ["gauge-score", "gauge-threshold", "bool-flagged", *(f"percent-{name}" for name in FEATURES)]
ALL_NAMES = {*NAMES, "gauge-false_alarms", "bool-warming_up", "bool-run_open", "total_events-flagged"}


def flagged_shares(daemon):
    """Of each flagged interval: its features' shares of the blame in percent."""
    return {
        row["ts"] // 1000: {s["feature"]: 100 * s["share"] for s in json.loads(row["suspects"])}
        for row in daemon.query(
            "SELECT ts, suspects FROM anomalies JOIN runs ON runs.id = run_id WHERE host = ?", HOST
        )
    }


def judgements(daemon):
    """By name, pairs of a time and a number as the database has them: scores
    and thresholds once there is a forest, shares of flagged intervals alone."""
    by_name = {name: {} for name in NAMES}
    for row in daemon.samples(HOST):
        second = row["ts"] // 1000
        by_name["bool-flagged"][second] = row["flagged"]
        if row["score"] is not None:
            by_name["gauge-score"][second] = row["score"]
            by_name["gauge-threshold"][second] = row["threshold"]
    for second, shares in flagged_shares(daemon).items():
        for feature in FEATURES:
            by_name[f"percent-{feature}"][second] = shares.get(feature, 0)
    return by_name


def have_incident(daemon):
    """Hours of HOST, at whose end something happens; returns once all of it is
    in the database, and with it that it was flagged."""
    machine = Machine(daemon, HOST).live(60, cpu=95, errors=50)
    wait_for(lambda: machine.time - machine.interval in flagged_shares(daemon), "the last interval, flagged")


def same(a, b):
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)


def differences(daemon, read, names=NAMES, since=0):
    """What of the judgements from then on `read(name)` does not give back, or
    gives back otherwise: it returns numbers by time in seconds."""
    expected = judgements(daemon)
    found = []
    for name in names:
        assert expected[name], f"nothing was judged: {name}"
        numbers = read(name)
        found += [
            f"{name} at {second}: {numbers.get(second)} instead of {number}"
            for second, number in expected[name].items()
            if second >= since and not same(numbers.get(second, math.nan), number)
        ]
    return found


def assert_reads_back(daemon, read, **limits):
    """`read` gives all of the judgements back, now or before long."""
    try:
        wait_for(lambda: not differences(daemon, read, **limits), "the judgements")
    except AssertionError:
        found = differences(daemon, read, **limits)
        assert not found, f"{len(found)} differences:\n" + "\n".join(found[:20])
