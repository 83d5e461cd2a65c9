# SPDX-License-Identifier: MIT
"""What the plugin says of itself, as collectd does with CollectInternalStats."""

import re

from collectd_app import DETECTOR, App
from collectd_daemon import csv_values, wait_for

CSV = 'LoadPlugin csv\n<Plugin csv>\nDataDir "@DIR@/csv"\n</Plugin>\n'
NAMES = {
    *("count-hosts", "count-models", "duration-read", "queue_length-frames", "queue_length-records"),
    *("derive-frames", "derive-frames-dropped", "derive-records-dropped", "derive-values-refused"),
    "derive-database_errors",
}


def reported(daemon):
    names = (line.split(" ", 1)[1] for line in daemon.command("LISTVAL"))
    return {name.split("/")[2] for name in names if name.startswith("here/collectd-anomaly/")}


def test_statistics(collectd):
    daemon = collectd(
        anomaly=DETECTOR.format(options=""), before="CollectInternalStats true", plugins=CSV, interval=0.1
    ).start()
    App(daemon, host="web-1").live(100).wait()
    App(daemon, host="web-2").live(100).wait()
    wait_for(lambda: reported(daemon) == NAMES, "all statistics")

    def newest(name):
        values = csv_values(daemon, "here", name, "collectd-anomaly")
        return values[-1][1] if values else None

    wait_for(lambda: newest("count-models") == 2 and newest("count-hosts") == 2, "two models")
    assert newest("duration-read") > 0
    wait_for(lambda: newest("queue_length-frames") == 0, "an empty queue")
    # as they are, and rates of nothing
    frames = daemon.command("GETVAL here/collectd-anomaly/derive-frames")[0]
    assert re.match(r"value=", frames)
    judged = daemon.value("SELECT count(*) FROM samples_app")
    raw = wait_for(lambda: [v for _, v in csv_values(daemon, "here", "derive-frames", "collectd-anomaly") if v >= judged], "frames")
    assert raw[0] <= 200
    for name in ("derive-frames-dropped", "derive-records-dropped", "derive-values-refused", "derive-database_errors"):
        assert newest(name) == 0


def test_without_internal_statistics(collectd):
    daemon = collectd(anomaly=DETECTOR.format(options=""), interval=0.1).start()
    App(daemon).live(50).wait()
    assert reported(daemon) == set()
