# SPDX-License-Identifier: MIT
"""What collectd's users expect of any plugin: the daemon's own options, and the
chains that values go through."""

import signal
import socket

from collectd_app import DETECTOR, App, app_daemon
from collectd_daemon import SYSTEM_PLUGIN_DIR, Daemon, wait_for


def saved_at(daemon):
    return daemon.value("SELECT max(saved_at) FROM models WHERE host = 'web-1'") or 0


def test_flush_interval(collectd):
    daemon = collectd(
        anomaly=DETECTOR.format(options=""),
        load="<LoadPlugin anomaly>\nFlushInterval 0.5\n</LoadPlugin>",
        interval=0.1,
    ).start()
    app = App(daemon)
    for _ in range(3):
        app.live(50).wait()
        wait_for(lambda: saved_at(daemon) >= (app.time - 2) * 1000, "the model of web-1")


def test_flush_leaves_out_what_is_younger_than_the_timeout(collectd):
    daemon = app_daemon(collectd).start()
    app = App(daemon).live(50).wait()
    daemon.command("FLUSH plugin=anomaly")
    saved = wait_for(lambda: saved_at(daemon), "the model of web-1")
    app.live(50).wait()
    # what the storage is told to write at once follows the images in its queue
    daemon.command("FLUSH plugin=anomaly timeout=3600")
    App(daemon, host="web-2").live(50).wait()
    assert saved_at(daemon) == saved
    daemon.command("FLUSH plugin=anomaly timeout=0")
    wait_for(lambda: saved_at(daemon) > saved, "the model of web-1 again")


SLOW = """
LoadPlugin python
<Plugin python>
  ModulePath "@DIR@"
  Import "slow"
</Plugin>
"""


def test_flush_after_the_stop(collectd):
    """A client that has connected in time may ask until collectd has ended,
    here while another plugin takes its time to stop."""
    daemon = app_daemon(collectd, plugins=SLOW)
    stopping = daemon.directory / "stopping"
    (daemon.directory / "slow.py").write_text(
        f"import collectd, pathlib, time\n\n\ndef stop():\n    pathlib.Path({str(stopping)!r}).touch()\n"
        "    time.sleep(2)\n\n\ncollectd.register_shutdown(stop)\n"
    )
    daemon.start()
    App(daemon).live(10).wait()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(daemon.socket_path))
        daemon.process.send_signal(signal.SIGTERM)
        wait_for(stopping.exists, "the stop")
        client.sendall(b"FLUSH plugin=anomaly\n" * 10)
        assert daemon.wait() == 0


def test_auto_load_plugin(collectd):
    """No LoadPlugin line: the first of several blocks loads it."""
    daemon = collectd(
        before=f"""
AutoLoadPlugin true
PluginDir "{Daemon.plugin_dir}"
<Plugin anomaly>
{DETECTOR.format(options="")}
</Plugin>
PluginDir "{SYSTEM_PLUGIN_DIR}"
""",
        load="",
        interval=0.1,
    ).start()
    App(daemon).live(100).wait()
    assert len(daemon.samples("web-1", "app")) >= 99


DROPPED = """
LoadPlugin match_regex
<Chain "PreCache">
  <Rule "users">
    <Match "regex">
      Plugin "^app$"
      TypeInstance "^users$"
    </Match>
    Target "stop"
  </Rule>
</Chain>
<Chain "PostCache">
  <Rule "scores">
    <Match "regex">
      Plugin "^anomaly$"
    </Match>
    Target "stop"
  </Rule>
  Target "write"
</Chain>
"""


def test_chains_that_drop_values(collectd):
    """What never arrives is no feature; that our own values go nowhere does not
    matter to what is judged and kept."""
    daemon = app_daemon(collectd, plugins=DROPPED).start()
    app = App(daemon).live(1200).wait()
    app.live(10, latency=500).wait()
    rows = daemon.samples("web-1", "app")
    assert {row["users"] for row in rows} == {None}
    assert all(row["latency"] is not None for row in rows[:-1])
    wait_for(lambda: any(n.host == "web-1" for n in daemon.notifications()), "a notification")


CHANGED = """
LoadPlugin match_regex
LoadPlugin target_set
<Chain "PreCache">
  <Rule "hosts">
    <Match "regex">
      Plugin "^app$"
    </Match>
    <Target "set">
      Host "renamed"
    </Target>
  </Rule>
  <Rule "scores">
    <Match "regex">
      Plugin "^anomaly$"
    </Match>
    <Target "set">
      Plugin "scores"
      MetaData "team" "web"
    </Target>
  </Rule>
</Chain>
"""

# it would take our own values, were they not known whatever they are called
GREEDY = """
<Detector "greedy">
  <Feature "own">
    Plugin "/^(app|scores)$/"
    TypeInstance "score"
  </Feature>
  <Feature "latency">
    Plugin "app"
    TypeInstance "latency"
  </Feature>
</Detector>
"""


def test_chains_that_change_values(collectd):
    daemon = collectd(anomaly=GREEDY, plugins=CHANGED, interval=0.1).start()
    start = App(daemon).time
    daemon.put("web-1/app/gauge-latency", [(start + i, 20) for i in range(100)])
    daemon.wait_for_samples("renamed", 99, "greedy")
    wait_for(lambda: daemon.last_time("renamed/scores-greedy/gauge-score") >= start + 90, "our values, as changed")
    daemon.put("web-1/app/gauge-latency", [(start + i, 20) for i in range(100, 200)])
    rows = daemon.wait_for_samples("renamed", 199, "greedy")
    assert {row["host"] for row in daemon.query("SELECT host FROM samples_greedy")} == {"renamed"}
    assert all(row["latency"] == 20 for row in rows[:-1])
    assert rows[-1]["score"] is not None
    assert {row["own"] for row in rows} == {None}
