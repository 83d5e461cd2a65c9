# SPDX-License-Identifier: MIT
"""A mistake in the configuration stops collectd, and the log says where it is
and what to do about it."""

import re

import pytest

FEATURE = '<Feature "latency">\nPlugin "app"\n</Feature>'


def detector(options, name="app"):
    return f'<Detector "{name}">\n{options}\n</Detector>'


def feature(options):
    return detector(f'<Feature "latency">\nPlugin "app"\n{options}\n</Feature>')


# what stands in <Plugin anomaly>; what the log must name; the remedy
MISTAKES = {
    "unknown option": ("Databse 1", "Databse", "no such option"),
    "unknown block": ("<Detectors>\nHosts 1\n</Detectors>", "Detectors", "no such option"),
    "Database is a number": ("Database 1", "Database 1", "expects one text"),
    "Database is empty": ('Database ""', 'Database ""', "path"),
    "Retention is text": ('Retention "week"', 'Retention "week"', "number from 0"),
    "Retention below 0": ("Retention -1", "Retention -1", "number from 0"),
    "MaxSize below 0": ("MaxSize -1", "MaxSize -1", "number from 0"),
    "Retention twice in a line": ("Retention 1 2", "Retention 1 2", "one number"),
    "Simulate: no hosts": ("<Simulate>\nHosts 0\n</Simulate>", "Hosts 0", "from 1"),
    "Simulate: half a host": ("<Simulate>\nHosts 1.5\n</Simulate>", "Hosts 1.5", "whole number"),
    "Simulate: unknown option": ("<Simulate>\nHost 1\n</Simulate>", "Host 1", "Hosts"),
    "Backfill below 0": ("<Simulate>\nBackfill -1\n</Simulate>", "Backfill -1", "from 0"),
    "Detector without a name": ("<Detector>\n" + FEATURE + "\n</Detector>", "Detector", "needs a name"),
    "Detector with a bad name": (detector(FEATURE, "My App"), "My App", "lower-case"),
    "Detector with a long name": (detector(FEATURE, "a" * 33), "a" * 33, "at most 32"),
    "Detector without features": (detector(""), 'Detector "app"', "add a <Feature>"),
    "Detectors of one name": (detector(FEATURE) + "\n" + detector(FEATURE), 'Detector "app"', "rename"),
    "Detector: unknown option": (detector("Tree 10\n" + FEATURE), "Tree 10", "no such option"),
    "FalseAlarms 0": (detector("FalseAlarms 0\n" + FEATURE), "FalseAlarms 0", "number from"),
    "WarmUp below 0": (detector("WarmUp -1\n" + FEATURE), "WarmUp -1", "number from 0"),
    "Window 0": (detector("Window 0\n" + FEATURE), "Window 0", "number from"),
    "Trees 0": (detector("Trees 0\n" + FEATURE), "Trees 0", "from 1"),
    "Trees without end": (detector("Trees 100000\n" + FEATURE), "Trees 100000", "from 1"),
    "SampleSize 1": (detector("SampleSize 1\n" + FEATURE), "SampleSize 1", "from 2"),
    "Hits 0": (detector("Hits 0\n" + FEATURE), "Hits 0", "from 1"),
    "Clear 0": (detector("Clear 0\n" + FEATURE), "Clear 0", "from 1"),
    "Host is a bad regex": (detector('Host "/(/"\n' + FEATURE), "Host", "regular expression"),
    "Silence without a time": (detector('Silence "Sunday"\n' + FEATURE), 'Silence "Sunday"', "Sun 02:00-04:00"),
    "ReportFeatures is text": (detector('ReportFeatures "yes"\n' + FEATURE), "ReportFeatures", "true or false"),
    **{
        f"Feature is called {name}": (detector(f'<Feature "{name}">\nPlugin "app"\n</Feature>'), name, "reserved")
        for name in ("ts", "host", "score", "threshold", "flagged", "label")
    },
    "Feature with a bad name": (detector('<Feature "1st">\nPlugin "app"\n</Feature>'), "1st", "lower-case"),
    "Feature that matches all": (detector('<Feature "all">\n</Feature>'), 'Feature "all"', "add a Plugin"),
    "Feature: unknown option": (feature("Sum true"), "Sum true", "no such option"),
    "Type is a bad regex": (feature('Type "/[/"'), "Type", "regular expression"),
    "Aggregate is unknown": (feature('Aggregate "median"'), "median", "average"),
    "Noise below 0": (feature("Noise -1"), "Noise -1", "number from 0"),
    "Unit is a number": (feature("Unit 1"), "Unit 1", "one text"),
    "Percent of nothing": (feature("Percent true"), 'Feature "latency"', "TypeInstance"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_stops_collectd(collectd, mistake):
    anomaly, named, remedy = MISTAKES[mistake]
    daemon = collectd(anomaly=anomaly, database=False)
    daemon.complaints_expected = True
    assert daemon.start(wait=False).wait() != 0
    lines = re.findall(r"\[error\] (anomaly plugin: .*)", daemon.log())
    assert len(lines) == 1, daemon.log()
    assert named in lines[0]
    assert remedy in lines[0]


def test_a_text_without_slashes_is_no_regex(collectd):
    daemon = collectd(anomaly=detector('Host "("\n' + FEATURE)).start()
    assert daemon.stop() == 0


def test_a_second_block_adds_to_the_first(collectd):
    daemon = collectd(
        anomaly=detector(FEATURE, "one"),
        plugins="<Plugin anomaly>\n" + detector(FEATURE, "two") + "\n</Plugin>",
    ).start()
    daemon.put("web-1/app/gauge-latency", [(1000000000 + i, i) for i in range(10)])
    for name in ("one", "two"):
        daemon.wait_for_samples("web-1", 5, name)
