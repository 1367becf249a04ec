# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Charts of the tests' own, for those that a test machine cannot have.

Such a chart bears the real one's name and version and does what the role relies on, no more. Its values.schema.json is closed over the keys of the real
chart (``charts/``), so Helm refuses any value that the real chart would not know. It proves that each value which a role sets exists, not that the chart works.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from contract import apim_crds, kong_crds

HERE = Path(__file__).parent
TYPES: dict[str, dict[str, Any]] = {
    "any": {},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "number": {"type": "number"},
    "string": {"type": "string"},
    "list": {"type": "array"},
    "map": {"type": "object"},
}

CRDS: dict[str, Callable[[], str]] = {"kong": kong_crds.text}
RELEASED: dict[str, Callable[[], str]] = {"apigee-apim-operator-crds": apim_crds.text}
"""Definitions that come and go with a release, as templates."""


def record(chart: str, version: str = "") -> dict[str, Any]:
    """What is known of a chart's values, in this version if it was read, else in the newest that was."""
    known = {str(each["version"]): each for each in (yaml.safe_load(file.read_text(encoding="utf-8")) for file in (HERE / "charts").glob(f"{chart}-*.yaml"))}
    found: dict[str, Any] = known.get(version) or known[max(known, key=lambda name: [int(part) for part in name.split(".")])]
    return found


def schema(keys: dict[str, str]) -> dict[str, Any]:
    """Closed at each level; a key that is null means that the chart's default is wanted, so it is always allowed."""
    root: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
    for path, kind in keys.items():
        *parents, leaf = path.split(".")
        level = root
        for name in parents:
            level = level["properties"].setdefault(name, {"type": "object", "additionalProperties": False, "properties": {}})
        level["properties"][leaf] = TYPES[kind]
    return root | {"$schema": "http://json-schema.org/draft-07/schema#"}


def build(chart: str, folder: Path, version: str = "") -> Path:
    """A chart in ``folder``; a ``version`` that was not read stands for another release of it, with the keys of the newest."""
    known = record(chart, version)
    root = folder / chart
    if root.exists():
        shutil.rmtree(root)
    (root / "templates").mkdir(parents=True)
    about = {"apiVersion": "v2", "name": chart, "version": version or known["version"], "appVersion": str(known["app_version"])}
    (root / "Chart.yaml").write_text(yaml.safe_dump(about), encoding="utf-8")
    (root / "values.schema.json").write_text(json.dumps(schema(known["keys"])), encoding="utf-8")
    for template in (HERE / "templates" / chart).glob("*.tpl"):
        shutil.copy(template, root / "templates" / f"{template.stem}.yaml")
    defaults = HERE / "templates" / chart / "values.yaml"
    shutil.copy(defaults, root / "values.yaml")
    if chart in CRDS:
        (root / "crds").mkdir()
        (root / "crds" / "definitions.yaml").write_text(CRDS[chart](), encoding="utf-8")
    if chart in RELEASED:
        (root / "templates" / "definitions.yaml").write_text(RELEASED[chart](), encoding="utf-8")
    return root


def main(chart: str, folder: str, version: str = "") -> None:
    build(chart, Path(folder), version)


if __name__ == "__main__":
    main(*sys.argv[1:])
