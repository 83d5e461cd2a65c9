# SPDX-License-Identifier: MIT
"""The dashboards can be imported: their structure. What they ask is tested with
the data source that they ask, in test_prometheus.py and test_influxdb.py."""

import itertools
import json
import re

import pytest

from dashboards import FILES, load, targets, variables

# what Grafana 12 and 13 write themselves, and the last number of this schema
SCHEMA_VERSION = 42
COLUMNS = 24

PANELS = {"heatmap", "stat", "state-timeline", "status-history", "table", "timeseries"}


def kind(path):
    return path.stem.split("-")[0]


@pytest.fixture(params=FILES, ids=lambda path: path.name)
def path(request):
    return request.param


@pytest.fixture
def dashboard(path):
    return load(path)


def test_there_is_a_fleet_and_a_host_for_each_data_source():
    assert [path.name for path in FILES] == [
        f"{kind}-{what}.json" for kind in ("influxdb", "prometheus") for what in ("fleet", "host")
    ]
    uids = [load(path)["uid"] for path in FILES]
    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch("[a-z-]{1,40}", uid) for uid in uids)


def test_nothing_has_to_be_filled_in_at_the_import(path, dashboard):
    assert dashboard["schemaVersion"] == SCHEMA_VERSION
    # a number would be that of a dashboard of the machine it was exported from
    assert dashboard.get("id") is None
    assert "__inputs" not in dashboard
    first = dashboard["templating"]["list"][0]
    assert (first["name"], first["type"], first["query"]) == ("datasource", "datasource", kind(path))


def test_everything_asks_the_chosen_data_source(path, dashboard):
    chosen = {"type": kind(path), "uid": "${datasource}"}
    asking = [variable for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    asking += dashboard["annotations"]["list"] + dashboard["panels"]
    asking += [target for panel in dashboard["panels"] for target in panel["targets"]]
    assert all(item["datasource"] == chosen for item in asking)


def test_panels_are_told_apart(dashboard):
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids) and min(ids) > 0
    titles = [panel["title"] for panel in dashboard["panels"]]
    assert len(set(titles)) == len(titles)
    for panel in dashboard["panels"]:
        assert panel["type"] in PANELS
        refs = [target["refId"] for target in panel["targets"]]
        assert refs and len(set(refs)) == len(refs)


def test_panels_fit_the_grid_and_do_not_overlap(dashboard):
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    for p in places:
        assert p["x"] >= 0 and p["y"] >= 0 and p["w"] > 0 and p["h"] > 0
        assert p["x"] + p["w"] <= COLUMNS
    for a, b in itertools.combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or above


def test_variables_are_defined_and_used(dashboard):
    text = json.dumps([dashboard["panels"], dashboard["annotations"], dashboard["templating"]])
    used = set(re.findall(r"\$\{?([a-z]+)\b", text))
    # $tag_host and the like are InfluxDB's aliases
    assert {name for name in used if name != "tag"} == set(variables(dashboard))


def test_every_query_names_the_detector_or_a_plugin_of_collectd(dashboard):
    for name, target in targets(dashboard):
        query = target.get("expr") or target["query"]
        assert "$host" in query or query == "vector($budget)", name


def test_links_lead_to_dashboards(path, dashboard):
    urls = re.findall(r'"url": "/d/([a-z-]+)', json.dumps(dashboard))
    assert set(urls) <= {load(other)["uid"] for other in FILES if kind(other) == kind(path)}
    for link in dashboard["links"]:
        others = [other for other in FILES if set(link["tags"]) <= set(load(other)["tags"])]
        assert {kind(other) for other in others} == {kind(path)} and len(others) == 2


def test_the_host_marks_flagged_intervals():
    for path in FILES:
        if path.stem.endswith("-host"):
            (annotation,) = load(path)["annotations"]["list"]
            assert annotation["enable"] and "flagged" in json.dumps(annotation["target"])
