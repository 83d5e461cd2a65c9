# SPDX-License-Identifier: MIT
"""The dashboards of contrib/grafana, and every query in them."""

import json

from servers import CONTRIB

FILES = sorted((CONTRIB / "grafana").glob("*.json"))


def load(path):
    return json.loads(path.read_text())


def targets(dashboard):
    """Of the panels and the annotations: pairs of a name and a target."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield f"{panel['title']} {target['refId']}", target
    for annotation in dashboard["annotations"]["list"]:
        yield annotation["name"], annotation["target"]


def variables(dashboard):
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def queries(kind):
    """All that the dashboards of a kind of data source ask it: triples of a
    name, the file and either a target or a variable."""
    for path in FILES:
        if path.name.startswith(kind):
            dashboard = load(path)
            for name, target in targets(dashboard):
                yield f"{path.stem}: {name}", path, target
            for name, variable in variables(dashboard).items():
                if variable["type"] == "query":
                    yield f"{path.stem}: ${name}", path, variable


def substitute(text, path, host, **builtin):
    """As Grafana does with the first detector, `host` where one is chosen, and
    all where several may be. `builtin` are its own, without the dollar."""
    values = {"detector": "system", **builtin}
    for name, variable in variables(load(path)).items():
        if name == "host":
            values[name] = variable["allValue"] if variable.get("includeAll") else host
        elif variable["type"] == "textbox":
            values[name] = variable["query"]
    for name in sorted(values, key=len, reverse=True):
        text = text.replace(f"${name}", values[name])
    assert "$" not in text.replace("$/", ""), f"what is left to substitute? {text}"
    return text
