# SPDX-License-Identifier: MIT
"""contrib/prometheus by the tools of Prometheus and Alertmanager."""

import pathlib
import re
import shutil
import subprocess

TREE = pathlib.Path(__file__).resolve().parents[2]
CONTRIB = TREE / "contrib" / "prometheus"
TESTS = TREE / "tests" / "alerting" / "rules.test.yml"


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def test_the_rules_are_well_formed():
    status, output = run("promtool", "check", "rules", "--lint=all", "--lint-fatal", CONTRIB / "anomaly.rules.yml")
    assert status == 0, output


def test_each_rule_fires_when_it_should(tmp_path):
    # the tests name the rules as if these were beside them
    shutil.copy(CONTRIB / "anomaly.rules.yml", tmp_path)
    status, output = run("promtool", "test", "rules", shutil.copy(TESTS, tmp_path))
    assert status == 0, output


def test_each_rule_has_a_test_of_firing_and_one_of_not_firing():
    alerts = re.findall("alert: (.*)", (CONTRIB / "anomaly.rules.yml").read_text())
    assert alerts
    checks = re.findall(r"alertname: (.*)\n *eval_time: .*\n *exp_alerts:( \[\]|)\n", TESTS.read_text())
    assert {(alert, outcome) for alert in alerts for outcome in ("", " []")} == set(checks)


def test_alertmanager_takes_its_configuration():
    status, output = run("amtool", "check-config", CONTRIB / "alertmanager.yml")
    assert status == 0, output


def test_prometheus_takes_its_configuration(tmp_path):
    shutil.copy(CONTRIB / "anomaly.rules.yml", tmp_path)
    config = shutil.copy(CONTRIB / "alerting.yml", tmp_path)
    status, output = run("promtool", "check", "config", config)
    assert status == 0, output
