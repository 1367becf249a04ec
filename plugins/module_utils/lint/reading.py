# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads all lists of an inventory, each by its module's own code, and keeps what is wrong with any of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..engine import source
from ..engine.errors import InputError, Issue
from ..engine.objects import BuildContext, GroupKind, Kind
from ..engine.places import Places
from ..engine.values import plain
from ..models import manifest
from ..models.kinds import apigee_apps, apigee_developers, apigee_products, gateways, objectives, pools, routes
from .gather import world
from .manifests import Manifest
from .manifests import manifest as read
from .plain import GATEWAYS, entries
from .world import World

LISTS: dict[str, Kind] = {module.KIND.option: module.KIND for module in (gateways, routes, pools, objectives)}
LISTS |= {module.KIND.option: module.KIND for module in (apigee_products, apigee_developers, apigee_apps)}
KONG = "kong"
CLUSTER, ADMIN = "kubernetes", "admin"
"""Where a Kong's routes live: in its cluster, or behind its Admin API."""
SETS = "applysets"
NAMESPACES = "namespaces"
FIELDS = ("objects", "src", "namespace")
SITE_ONLY = ("owner", "prune", "wait")
"""What an inventory says of a set that lint has no use for."""


def nothing_served(_kind: GroupKind) -> tuple[str, ...]:
    """No cluster is asked: everything is rendered in the version that works on every release."""
    return ()


class Reading:
    """``sets`` are the applysets as they were given; the parameters may hold them with secrets hidden."""

    def __init__(self, params: Mapping[str, Any], sets: Sequence[Any]) -> None:
        self.params = params
        self.issues: list[Issue] = []
        self.known: dict[str, Sequence[Any]] = {}
        for kind in LISTS.values():
            self._trying(partial(self._list, kind))
        self.objects: list[Manifest] | None = None if params[SETS] is None else []
        for index, declared in enumerate(sets):
            self._trying(partial(self._set, declared, f"{SETS}[{index}]"))
        self.standing: list[Any] = []
        for option, found in entries(self.objects or ()).items():
            if option == GATEWAYS and option not in self.known:
                self.standing = found  # one Gateway does not say that there are no others
            elif found:
                self.known[option] = [*self.known.get(option, ()), *found]
        self.labels: dict[str, dict[str, str]] = {}
        for index, item in enumerate(params[NAMESPACES] or ()):
            self._namespace(item, f"{NAMESPACES}[{index}]")

    def world(self) -> World:
        made = world(self.known, self.params["namespace"], self.params["renderer"])
        groups = None if self.params["kong_groups"] is None else frozenset(self.params["kong_groups"])
        return replace(made, objects=self.objects, standing=self.standing, spaces=self.labels, complete=self.params["complete"], kong_groups=groups)

    def _trying(self, step: Callable[[], None]) -> None:
        try:
            step()
        except InputError as error:
            self.issues += error.issues

    def _list(self, kind: Kind) -> None:
        inline, files = self.params[kind.option], self.params[f"{kind.option}_src"]
        if inline is not None and files is not None:
            raise InputError([Issue(kind.option, f"is given, and {kind.option}_src too.", "Keep one of the two.")])
        if inline is None and files is None:
            return
        raw, places = source.entries(files, kind.option) if files is not None else _inline(kind.option, inline)
        with Places(kind.option, places) as place:

            def keep(option: str, entries: Sequence[Any]) -> None:
                self.known[option] = [replace(entry, origin=place.told(entry.origin)) for entry in entries]

            elsewhere = self.params["renderer"] == KONG and self.params["backend"] == ADMIN
            build = kind.elsewhere.get(KONG, kind.build) if elsewhere else kind.build
            build(raw, BuildContext(self.params["namespace"], self.params, nothing_served, keep))

    def _set(self, declared: Any, where: str) -> None:
        if not isinstance(declared, Mapping):
            raise InputError([Issue(where, "expected a dictionary with objects or src.", "Write objects: with a list of manifests.")])
        if unknown := sorted(set(map(str, declared)) - {*FIELDS, *SITE_ONLY}):
            raise InputError([Issue(where, f"unknown field {unknown[0]:.60}.", f"Known are {', '.join(FIELDS)}.")])
        raw, places = self._manifests(declared, where)
        namespace = str(declared.get("namespace") or self.params["namespace"])
        made = manifest.build(raw, BuildContext(namespace, self.params, nothing_served))
        found = (read(item.obj, item.origin, namespace) for item in Places(manifest.OPTION, places).there(made))
        self.objects = [*(self.objects or ()), *(item for item in found if item is not None)]

    def _manifests(self, declared: Mapping[Any, Any], where: str) -> tuple[list[Any], list[str]]:
        if declared.get("src") is not None:
            return source.manifests(str(declared["src"]))
        inline = declared.get("objects")
        if inline is not None and not isinstance(inline, list):
            raise InputError([Issue(f"{where}.objects", "expected a list of manifests.", "Put it in [ ].")])
        return _inline(f"{where}.objects", inline or [])

    def _namespace(self, item: Any, where: str) -> None:
        labels = item.get("labels") if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not isinstance(item.get("name"), str) or not isinstance(labels or {}, Mapping):
            self.issues.append(Issue(where, "expected a dictionary with a name, and perhaps labels.", "Write {name: ai, labels: {team: ml}}."))
            return
        self.labels[str(item["name"])] = {str(name): str(value) for name, value in (labels or {}).items()}


def _inline(option: str, entries: Sequence[Any]) -> tuple[list[Any], list[str]]:
    places = [f"{option}[{index}]" for index in range(len(entries))]
    return [plain(entry, place) for entry, place in zip(entries, places, strict=True)], places
