# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user is shown of a plan: results, diff and warnings, with every secret value hidden. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .fields import cleaned
from .objects import Key, Object
from .ownership import TOOL
from .plan import Action, Change, Plan
from .writers import writers

HIDDEN = "(secret)"
HIDDEN_CHANGED = "(secret, changed)"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


Veil = Callable[["Object | None", "Object | None"], "tuple[Object | None, Object | None]"]


@dataclass
class Report:
    """Filled while a run proceeds, so that a failure can still say what was known and done."""

    plan: Plan = field(default_factory=lambda: Plan(()))
    parent: Mapping[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    veil: Veil | None = None
    """Before and after of an object as a user may see them; as those of a cluster where none is named."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What the module returns besides, once all is done."""
    wrote: bool = False
    """Whether the server took any write: what a failure has to say of itself."""

    @property
    def changed(self) -> bool:
        return self.plan.changed or self.parent.get("action", "keep") != "keep"

    def result(self, diff: bool) -> dict[str, Any]:
        """The module's return values."""
        result: dict[str, Any] = {
            "changed": self.changed,
            "plan": [entry(change) for change in self.plan.changes],
            "summary": self.plan.summary(),
            "parent": dict(self.parent),
            "orphans": [str(key) for key in self.plan.orphans],
            **self.more,
        }
        if diff:
            result["diff"] = [difference(change, *(self.veil or hidden)(change.before, change.after)) for change in self.plan.changes if change.writes]
        return result


def parent_result(key: Key, action: str) -> dict[str, str]:
    return {"action": action, "kind": key.kind, "namespace": key.namespace, "name": key.name}


def entry(change: Change) -> dict[str, Any]:
    """One line of the plan."""
    shown: dict[str, Any] = {
        "action": change.action.value,
        "kind": str(change.key.group_kind),
        "namespace": change.key.namespace,
        "name": change.key.name,
        "fields": list(change.fields),
    }
    if change.before and change.fields and (others := writers(change.before, change.fields, TOOL)):
        shown["changed_by"] = others
    return {**shown, "note": change.note} if change.note else shown


def difference(change: Change, before: Object | None, after: Object | None) -> dict[str, str]:
    """Before and after of one object, as YAML."""
    gone = change.action is Action.DELETE
    return {
        "before_header": f"{change.key}",
        "after_header": f"{change.key} ({change.action.value})",
        "before": _text(before),
        "after": "" if gone else _text(after),
    }


def hidden(before: Object | None, after: Object | None) -> tuple[Object | None, Object | None]:
    """Both objects without what servers make, and a Secret's values replaced by whether they change: never a value, a length or a digest."""
    old, new = (declarative(obj) if obj else None for obj in (before, after))
    if not secretive(old or new or {}):
        return old, new
    olds, news = _data(old), _data(new)
    if old is not None:
        old = {name: value for name, value in old.items() if name != "stringData"} | ({"data": dict.fromkeys(olds, HIDDEN)} if olds else {})
    if new is not None:
        marks = {name: HIDDEN if name not in olds or olds[name] == value else HIDDEN_CHANGED for name, value in news.items()}
        new = {name: value for name, value in new.items() if name != "stringData"} | ({"data": marks} if marks else {})
    return old, new


def secretive(obj: Mapping[str, Any]) -> bool:
    """A Secret, or what was meant to be one: its kind forgotten or misspelt."""
    kind = obj.get("kind")
    return "stringData" in obj or (kind.lower() == "secret" if isinstance(kind, str) else "data" in obj and "metadata" in obj)


def redacted(value: Any) -> Any:
    """A declaration as it may be logged: a manifest that is a Secret keeps its keys and loses its values."""
    if isinstance(value, Mapping):
        if secretive(value):
            blank = {part: _blank(value[part]) for part in ("data", "stringData") if value.get(part)}
            meta = value.get("metadata")
            notes = meta.get("annotations") if isinstance(meta, Mapping) else None
            if isinstance(meta, Mapping) and isinstance(notes, Mapping) and _LAST_APPLIED in notes:
                blank["metadata"] = {**meta, "annotations": {**notes, _LAST_APPLIED: HIDDEN}}
            return {**value, **blank}
        return {name: redacted(part) for name, part in value.items()}
    return [redacted(part) for part in value] if isinstance(value, list) else value


def _blank(part: Any) -> Any:
    return dict.fromkeys(part, HIDDEN) if isinstance(part, Mapping) else HIDDEN


def declarative(obj: Object) -> Object:
    shown = cleaned(obj)
    notes = shown["metadata"].get("annotations")
    if notes and _LAST_APPLIED in notes:
        shown["metadata"]["annotations"] = {name: value for name, value in notes.items() if name != _LAST_APPLIED}
    return shown


def _data(obj: Object | None) -> dict[str, Any]:
    data = (obj or {}).get("data")
    return dict(data) if isinstance(data, Mapping) else {}


def _text(obj: Object | None) -> str:
    import yaml  # here, because a module has to load where only the Kubernetes client, which brings it, is missing

    return yaml.safe_dump(_plain(obj), sort_keys=True, default_flow_style=False, width=120) if obj else ""


def _plain(value: Any) -> Any:
    """Plain types for the YAML writer, which refuses subclasses (tagged strings)."""
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, str) else value
