# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster has, in the inventory's own words, and what those words cannot say.

Nothing is trusted to a reader: every entry that it makes is rendered again, by the module's own code, and compared with the object. What is not
there again is reported. Pure; the objects come from a :class:`Cluster`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .compare import owned_fields
from .errors import InputError
from .fields import child, cleaned, is_list, same_scalar
from .objects import ENTRY_ANNOTATION, BuildContext, GroupKind, Key, Kind, Object, key_of
from .ownership import ID_LABEL, PART_OF_LABEL
from .writers import written

MARKS = {
    "labels": (PART_OF_LABEL,),
    "annotations": (
        ENTRY_ANNOTATION,
        "kubectl.kubernetes.io/last-applied-configuration",
        "meta.helm.sh/release-name",
        "meta.helm.sh/release-namespace",
        "gateway.istio.io/controller-version",
        "deployment.kubernetes.io/revision",
    ),
}
"""Labels and annotations that tools and controllers keep for themselves. They are nobody's declaration."""

_PLACE = re.compile(r"^\w+\[\d+\]( \([^)]*\))?")


@dataclass(frozen=True)
class Shape:
    """How the objects of one module are read back.

    ``sources``: the kinds that bear an entry's own name. ``read``: an object's entry. ``tidied``: the spec without defaults that nobody would write.
    ``filled``: an object's spec with every default of the API, so that two that say the same are equal.
    """

    kind: Kind
    sources: Callable[[BuildContext], tuple[GroupKind, ...]]
    read: Callable[[Object], dict[str, Any]]
    tidied: Callable[[Mapping[str, Any]], dict[str, Any]]
    filled: Callable[[Object], dict[str, Any]]


class Cluster(Protocol):
    """What reading asks of a store."""

    @property
    def manager(self) -> str:
        """The field manager under which we write."""

    def recorded(self) -> list[GroupKind]:
        """The kinds in the owner's set; none where no owner was asked for."""

    def objects(self, kinds: Iterable[GroupKind]) -> list[Object]:
        """Everything of these kinds that was asked for."""

    def exists(self, key: Key, api_version: str) -> bool:
        """Is there such an object?"""


@dataclass(frozen=True)
class Info:
    """One info module: whose sets it reads, its own options, and how it answers with the module's results."""

    kind: Kind
    answer: Callable[[Cluster, BuildContext], dict[str, Any]]
    options: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: Callable[[list[Object], Mapping[str, Any]], dict[str, Any]] | None = None
    """The answer from objects of a server besides the cluster, given the parameters."""


def entries_info(shape: Shape, options: Mapping[str, Any] | None = None) -> Info:
    """The info module of a kind that has entries."""

    def answer(cluster: Cluster, context: BuildContext) -> dict[str, Any]:
        found = read(shape, cluster, context)
        return {shape.kind.option: found.entries, "manifests": found.manifests, "unexpressed": found.unexpressed}

    return Info(shape.kind, answer, {"exact": {"type": "bool", "default": False}, **(options or {})})


def manifests(cluster: Cluster, context: BuildContext) -> dict[str, Any]:
    """The answer of ``applyset_info``: objects as they were written, without what only servers and tools put there."""
    found = Found()
    asked = [GroupKind(name.partition(".")[2], name.partition(".")[0]) for name in context.params["kinds"] or ()]
    for live in sorted(cluster.objects(asked or cluster.recorded()), key=key_of):
        if _left_out(found, live):
            continue
        if key_of(live).group_kind == ("", "Secret") and not context.params["secrets"]:
            _tell(found, live, ".data", "its values are left out, and so the whole Secret. Set secrets to true, and no_log to true on the task.")
        elif ID_LABEL not in (live["metadata"].get("labels") or {}):
            found.manifests.append(plain(written(live), cluster.manager))
    return {"objects": found.manifests, "unexpressed": found.unexpressed}


@dataclass
class Found:
    """``entries`` can be given back to the module. ``manifests`` are the objects that it has no entry for. ``unexpressed`` says what is missing and why."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    manifests: list[Object] = field(default_factory=list)
    unexpressed: list[dict[str, str]] = field(default_factory=list)


def read(shape: Shape, cluster: Cluster, context: BuildContext) -> Found:
    """Every object as an entry. With parameter ``exact`` an object of which an entry says less than all is given as a manifest."""
    found, exact = Found(), bool(context.params.get("exact"))
    for live in sorted(cluster.objects(shape.sources(context)), key=key_of):
        if _left_out(found, live):
            continue
        obj = plain(live, cluster.manager)
        entry = shape.read(obj | {"spec": shape.tidied(obj.get("spec") or {})})
        try:
            rendered = [item.obj for item in shape.kind.build([entry], context)]
        except InputError as error:
            for issue in error.issues:
                _tell(found, live, _PLACE.sub("", issue.where) or ".spec", f"no entry can say this, see manifests: {issue.problem}")
            found.manifests.append(obj)
            continue
        lost = list(losses(shape.filled(obj), shape.filled(_same(rendered, obj)), ".spec"))
        for path, problem in lost:
            _tell(found, live, path, problem)
        if lost and exact:
            found.manifests.append(obj)
            continue
        found.entries.append(entry | _grants(rendered, obj, cluster))
    return found


def _left_out(found: Found, live: Object) -> bool:
    """Is this nothing to declare? A controller would undo changes of what it keeps, and what is being deleted would be made anew."""
    if controller := controller_of(live):
        _tell(found, live, ".metadata.ownerReferences", f"is kept by {controller}, which would undo changes: left out.")
    elif live["metadata"].get("deletionTimestamp"):
        _tell(found, live, ".metadata.deletionTimestamp", "is being deleted, and would be made anew: left out.")
    else:
        return False
    return True


def _tell(found: Found, live: Object, path: str, problem: str) -> None:
    key = key_of(live)
    found.unexpressed.append({"kind": str(key.group_kind), "namespace": key.namespace, "name": key.name, "field": path, "problem": problem})


def _same(rendered: list[Object], obj: Object) -> Object:
    return next(item for item in rendered if key_of(item) == key_of(obj))


def _grants(rendered: list[Object], obj: Object, cluster: Cluster) -> dict[str, bool]:
    """An object that points into other namespaces by somebody else's leave must not bring grants of its own."""
    others = [item for item in rendered if key_of(item) != key_of(obj)]
    return {"grants": False} if others and not any(cluster.exists(key_of(item), item["apiVersion"]) for item in others) else {}


def plain(live: Object, manager: str) -> Object:
    """The declarative part of a live object, with those labels and annotations that a declaration would hold.

    Of an object that we keep these are the ones that we wrote; of any other all but the tools' own marks.
    """
    obj = cleaned(live)
    meta = obj["metadata"]
    meta.pop("ownerReferences", None)
    meta.pop("finalizers", None)
    ours = owned_fields(live, manager)
    for part, marks in MARKS.items():
        values = {name: value for name, value in (meta.pop(part, None) or {}).items() if name not in marks}
        if ours is not None:
            written = (ours.get("f:metadata") or {}).get(f"f:{part}") or {}
            values = {name: value for name, value in values.items() if f"f:{name}" in written}
        if values:
            meta[part] = values
    return obj


def metadata(obj: Object) -> dict[str, Any]:
    """The fields that every entry begins with."""
    meta = obj["metadata"]
    fields = {"name": meta["name"], "namespace": meta.get("namespace"), "labels": meta.get("labels"), "annotations": meta.get("annotations")}
    return {name: value for name, value in fields.items() if value}


def controller_of(live: Mapping[str, Any]) -> str:
    """The object that keeps this one, as a user knows it; empty where there is none."""
    references = live["metadata"].get("ownerReferences") or ()
    return next((f"{reference.get('kind')} {reference.get('name')}" for reference in references if reference.get("controller")), "")


def losses(live: Any, said: Any, path: str) -> Iterator[tuple[str, str]]:
    """Where what an entry says is not what stands, and in which way."""
    if isinstance(live, Mapping) and isinstance(said, Mapping):
        for name in sorted({*live, *said}, key=str):
            where = child(path, str(name))
            if name not in said:
                yield where, "an entry has no word for it."
            elif name not in live:
                yield where, "an entry would add it."
            else:
                yield from losses(live[name], said[name], where)
    elif is_list(live) and is_list(said):
        if len(live) != len(said):
            yield path, f"an entry would say {len(said)} of {len(live)}."
        elif sorted(map(repr, live)) == sorted(map(repr, said)) and list(live) != list(said):
            yield path, "an entry would write it in another order."
        else:
            for index, (old, new) in enumerate(zip(live, said, strict=True)):
                yield from losses(old, new, f"{path}[{index}]")
    elif isinstance(live, Mapping) or isinstance(said, Mapping) or is_list(live) or is_list(said) or not same_scalar(live, said):
        yield path, "an entry would write it otherwise."
