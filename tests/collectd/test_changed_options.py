# SPDX-License-Identifier: MIT
"""After a change of a detector's options its models keep what still fits."""

import re

from collectd_app import App, app_daemon

CHANGED = r'\[notice\] anomaly plugin: models of the detector "app" were learned with other options \((.*)\);'


def rewrite(daemon, old, new):
    text = daemon.config_file.read_text()
    assert old in text
    daemon.config_file.write_text(text.replace(old, new, 1))


def rows_since(daemon, app, seconds, since):
    app.live(seconds).wait()
    return [row for row in daemon.samples("web-1", "app") if row["ts"] >= since]


def test_options_that_shape_nothing(collectd):
    daemon = app_daemon(collectd).start()
    app = App(daemon).live(900).wait()
    assert daemon.stop() == 0
    rewrite(daemon, "WarmUp 600", "WarmUp 500\nFalseAlarms 1\nHits 2\nClear 4")
    rewrite(daemon, "Noise 1", "Noise 2")
    daemon.start()
    rows = rows_since(daemon, app, 30, app.time * 1000)
    assert rows and all(row["score"] is not None for row in rows)
    assert not re.search(CHANGED, daemon.log())


def test_another_forest_and_another_feature(collectd):
    daemon = app_daemon(collectd).start()
    app = App(daemon).live(900)
    App(daemon, host="web-2").live(900).wait()
    app.wait()
    before = len(daemon.samples("web-1", "app"))
    assert daemon.stop() == 0
    rewrite(daemon, "WarmUp 600", "WarmUp 600\nTrees 20")
    rewrite(daemon, "</Detector>", '<Feature "load">\nPlugin "load"\n</Feature>\n</Detector>')
    daemon.start()
    since = app.time * 1000
    daemon.put("web-1/load/gauge", [(app.time + i, 1) for i in range(40)])
    rows = rows_since(daemon, app, 40, since)
    # a new forest, whose model knows what it has seen before
    assert rows and all(row["score"] is None for row in rows)
    assert any(row["load"] == 1 for row in rows)
    old = daemon.samples("web-1", "app")[:before]
    assert len(old) == before and all(row["load"] is None for row in old)
    assert all(row["latency"] is not None for row in old)

    # one line for all hosts
    App(daemon, host="web-2", behind=5000).live(5).wait()
    changes = re.findall(CHANGED, daemon.log())
    assert changes == ['Trees 20 instead of 100, feature "load" is new']
