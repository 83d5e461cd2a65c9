# SPDX-License-Identifier: MIT
"""The dashboards by the types that Grafana publishes of its schema: no field
that it does not know, and no value that it does not take."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest

from dashboards import FILES, load

GRAFANA = pathlib.Path(__file__).parent / "grafana"
TSC = ["node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2020"]
TSC += ["--module", "esnext", "--moduleResolution", "bundler"]


def typescript(dashboard):
    """Says of each part what type it has. What the schema leaves to data source
    and panel is taken apart: targets are left out, options stand by themselves."""
    lines = ['import type { Custom, Options, WrittenDashboard, WrittenDefaults } from "./schema";']

    def declare(kind, value):
        lines.append(f"export const part{len(lines)}: {kind} = {json.dumps(value)};")

    for panel in dashboard["panels"]:
        declare(f'Options["{panel["type"]}"]', panel.pop("options", {}))
        declare(f'Custom["{panel["type"]}"]', panel["fieldConfig"]["defaults"].pop("custom", {}))
        declare("WrittenDefaults", panel["fieldConfig"]["defaults"])
        del panel["targets"]
    for annotation in dashboard["annotations"]["list"]:
        del annotation["target"]
        annotation.pop("titleFormat", None)
    declare("WrittenDashboard", dashboard)
    return "\n".join(lines)


def mistaken(text):
    for right, wrong in (('"colorMode": "value"', '"colorMode": "bright"'), ('"gridPos"', '"gridPosition"')):
        assert right in text
        text = text.replace(right, wrong)
    return text


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """By file, the compiler's lines about it."""
    directory = tmp_path_factory.mktemp("grafana") / "schema"
    shutil.copytree(GRAFANA, directory, ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=directory, check=True, timeout=300)
    texts = {path.stem: typescript(load(path)) for path in FILES}
    texts["mistaken"] = mistaken(texts[FILES[0].stem])
    for name, text in texts.items():
        (directory / f"{name}.ts").write_text(text)
    run = subprocess.run(
        [*TSC, *(f"{name}.ts" for name in texts)], cwd=directory, stdout=subprocess.PIPE, text=True, timeout=300
    )
    found = {name: re.findall(rf"^{name}\.ts\(.*", run.stdout, re.MULTILINE) for name in texts}
    others = [line for line in run.stdout.splitlines() if not re.match(r"[a-z-]+\.ts\(| ", line)]
    assert not others, others
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_grafana_knows_all_that_a_dashboard_says(complaints, path):
    assert complaints[path.stem] == []


def test_a_mistake_would_be_found(complaints):
    found = "\n".join(complaints["mistaken"])
    assert '"bright"' in found and "gridPosition" in found
