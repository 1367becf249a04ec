# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab was started with beside what this checkout pins: the same, older, or newer, which is refused."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from . import pins
from .errors import LabError
from .paths import PINS

Pins = dict[str, dict[str, str]]
"""By group: its version, and a key that changes with all else that its result depends on but Go itself."""

STEPWISE = ("etcd", "kubernetes")
"""They keep the data, and take over that of the minor version before only."""


def current(traffic: bool, engines: bool, folder: Path = PINS) -> Pins:
    """What a lab of this checkout runs. Read from the pin table alone: no Go is needed to know it."""
    found = {group.name: {"version": group.version, "key": group.key("", "")} for group in pins.load(folder, traffic=traffic, engines=engines)}
    for wheel in pins.load_wheels(folder) if traffic else []:
        key = hashlib.sha256(json.dumps(wheel.sha256, sort_keys=True).encode()).hexdigest()[:16]
        found[wheel.name] = {"version": wheel.requirement.partition("==")[2], "key": key}
    return found


def told(before: Pins, after: Pins) -> list[str]:
    """What differs, a line each; empty when nothing does."""
    if not before:
        return ["it was started by a version of the lab that kept no record of its programs"]
    old, new = _families(before), _families(after)
    lines = []
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            one, other = (", ".join(families.get(name, ())) or "none" for families in (old, new))
            lines.append(f"{name} {one} -> {other}")
    same = set(before) & set(after)
    return lines + [f"{name} {after[name]['version']} built otherwise" for name in sorted(same) if before[name] != after[name] and _alike(before, after, name)]


def refuse_older(state: Path, before: Pins, after: Pins) -> None:
    """Data that newer programs wrote is not for older ones, and some programs skip no minor version."""
    old, new = _families(before), _families(after)
    both = sorted(set(old) & set(new))
    way_out = "take it down first (its data goes with it), name another state folder"
    newer = [f"{name} {old[name][-1]}, here {new[name][-1]}" for name in both if _order(old[name][-1]) > _order(new[name][-1])]
    if newer:
        raise LabError(f"the lab in {state} runs newer programs than this checkout pins: {'; '.join(newer)}", f"{way_out}, or use the newer checkout")
    far = [f"{name} {old[name][-1]} -> {new[name][-1]}" for name in both if name in STEPWISE and _minors(old[name][-1], new[name][-1]) > 1]
    if far:
        reason = f"the lab in {state} cannot be upgraded with its data: {'; '.join(far)}; {' and '.join(STEPWISE)} go one minor version at a time"
        raise LabError(reason, f"{way_out}, or go by a checkout in between")


def _alike(before: Pins, after: Pins, name: str) -> bool:
    return before[name]["version"] == after[name]["version"]


def _families(found: Pins) -> dict[str, list[str]]:
    """Versions by the groups' names without a version in them, the newest last: a checkout may bring several of the same."""
    families: dict[str, list[str]] = {}
    for name, entry in found.items():
        families.setdefault(re.sub(r"-v?\d+(\.\d+)*$", "", name), []).append(entry["version"])
    return {name: sorted(versions, key=_order) for name, versions in families.items()}


def _order(version: str) -> tuple[list[int], bool, str]:
    """A release comes after what led to it."""
    number, _dash, rest = version.lstrip("v").partition("-")
    return [int(part) for part in re.findall(r"\d+", number)], not rest, rest


def _minors(old: str, new: str) -> int:
    """How many minor versions lie between; very many where the major one changes."""
    (major, minor), (later_major, later_minor) = (_order(version)[0][:2] for version in (old, new))
    return later_minor - minor if major == later_major else 1000
