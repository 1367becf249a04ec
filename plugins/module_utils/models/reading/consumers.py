# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumers back from what a gateway has. Pure.

A key comes back as ``generate: true``, which keeps whatever stands, unless its value was asked for.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...engine.info import Cluster, Info
from ...engine.objects import ENTRY_ANNOTATION, BuildContext, Object
from ..codecs import Report
from ..consumer import DEFAULT_SLOT, USERNAME, UUID
from ..kinds.consumers import CONSUMER, CREDENTIAL_LABEL, KIND, OPTION, PLUGIN, SECRET, part_name
from ..kong import WAYS, parent_name, secret_paths
from ..refs import dropped

Entry = dict[str, Any]


@dataclass
class Found:
    """``entries`` can be given back to the module. ``unexpressed`` says what is missing and why."""

    entries: list[Entry] = field(default_factory=list)
    unexpressed: list[dict[str, str]] = field(default_factory=list)

    def tell(self, kind: str, namespace: str, name: str, where: str, problem: str) -> None:
        self.unexpressed.append({"kind": kind, "namespace": namespace, "name": name, "field": where, "problem": problem})


def from_entities(objects: Iterable[Object], secrets: bool) -> Found:
    """``objects``: entities in the engine's envelope, references by name."""
    found = Found()
    by_user: dict[str, Entry] = {}
    children = []
    for obj in objects:
        if obj["kind"] != "consumers":
            children.append(obj)
            continue
        spec, user = obj["spec"], obj["metadata"]["name"]
        if problem := _unsayable(spec.get("username")):
            found.tell("consumers", "", user, ".spec.username", problem)
            continue
        namespace, _slash, name = (obj["metadata"].get("annotations") or {}).get(ENTRY_ANNOTATION, f"/{part_name(user)}").rpartition("/")
        shared = {"custom_id": spec.get("custom_id"), "tags": spec.get("tags"), "username": user if user != name else None}
        by_user[user] = {"name": name, **dropped({"namespace": namespace or None, **shared})}
    for obj in children:
        owner = by_user.get(parent_name("consumers", obj["spec"].get("consumer")))
        if owner is not None:
            _child(owner, obj, secrets, found)
    found.entries = [_finished(entry) for _user, entry in sorted(by_user.items())]
    return found


def _unsayable(username: Any) -> str:
    """Why no entry can mean this consumer."""
    if not username:
        return "has no user name, only a custom_id: the consumer is left out."
    report = Report()
    if UUID.fullmatch(str(username)) or USERNAME.read(username, "", report) is None:
        return "is a name that no entry can have: the consumer is left out."
    return ""


def _child(entry: Entry, obj: Object, secrets: bool, found: Found) -> None:
    kind, spec, name = obj["kind"], obj["spec"], obj["metadata"]["name"]
    slot = name.partition("/")[2]
    if kind == "acls":
        entry.setdefault("groups", []).append(spec["group"])
    elif kind == "keyauth_credentials":
        entry.setdefault("keys", []).append(_key(slot, spec.get("key"), spec.get("ttl"), secrets, len(entry.get("keys", ()))))
    elif kind == "plugins":
        plugin = {"plugin": spec["name"], "config": spec.get("config"), "enabled": spec.get("enabled") or False}
        _plugin(entry, plugin, secrets, found, (kind, "", name, ".spec"))
    elif kind == "jwt_secrets" and secrets:
        own = {part: spec.get(part) for part in ("key", "algorithm", "rsa_public_key", "secret")}
        entry.setdefault("jwt", []).append(dropped({"name": slot if not slot.startswith("~") else None, **own}))
    elif kind == "jwt_secrets":
        found.tell(kind, "", name, ".spec.secret", "is left out, and so the whole credential. Set secrets to true, and no_log to true on the task.")
    elif kind == "basicauth_credentials":
        found.tell(kind, "", name, ".spec.password", "Kong keeps a hash alone: the credential is left out.")


def _plugin(entry: Entry, plugin: Entry, secrets: bool, found: Found, place: tuple[str, str, str, str]) -> None:
    kind, namespace, name, path = place
    if hides := [] if secrets else secret_paths(plugin["config"], f"{path}.config"):
        for where in hides:
            found.tell(kind, namespace, name, where, "is left out, and so the whole plugin. Set secrets to true, and no_log to true on the task.")
    else:
        entry.setdefault("plugins", []).append(dropped(plugin))


def _key(slot: str, value: Any, ttl: Any, secrets: bool, number: int) -> Entry:
    named = f"key-{number + 1}" if slot.startswith("~") else slot
    shown = {"key": str(value)} if secrets else {"generate": True}
    return {**dropped({"name": named if named != DEFAULT_SLOT else None}), **shown, **dropped({"ttl": int(ttl) if ttl else None})}


def _finished(entry: Entry) -> Entry:
    if "groups" in entry:
        entry["groups"] = sorted(entry["groups"])
    if "plugins" in entry:
        entry["plugins"] = sorted(entry["plugins"], key=lambda plugin: str(plugin["plugin"]))
    for plugin in entry.get("plugins", ()):
        if plugin.get("enabled") is not False:
            plugin.pop("enabled", None)
    if not entry.get("groups") and any(name in entry for name in ("keys", "basic_auth", "jwt")):
        entry["open"] = True
    return entry


def from_objects(objects: Iterable[Object], secrets: bool) -> Found:
    """``objects``: KongConsumers, KongPlugins and Secrets of a cluster."""
    found = Found()
    stands = {(obj["kind"], obj["metadata"].get("namespace"), obj["metadata"]["name"]): obj for obj in objects}
    for (kind, namespace, name), obj in sorted(stands.items(), key=lambda item: str(item[0])):
        if kind != "KongConsumer":
            continue
        user = obj.get("username") or name
        tags = (obj.get("spec") or {}).get("tags")
        entry = {
            "name": name,
            **dropped({"namespace": namespace, "username": user if user != name else None, "custom_id": obj.get("custom_id"), "tags": tags}),
            **dropped({"consumer_groups": obj.get("consumerGroups")}),
        }
        for credential in obj.get("credentials") or ():
            held = stands.get(("Secret", namespace, credential))
            if held is None:
                found.tell("Secret", str(namespace), credential, "", f"is named by KongConsumer {name} and is not there.")
            else:
                _credential(entry, name, held, secrets, found)
        for plugin in str((obj["metadata"].get("annotations") or {}).get("konghq.com/plugins") or "").split(","):
            held = stands.get(("KongPlugin", namespace, plugin.strip()))
            place = ("KongPlugin", str(namespace), plugin.strip(), "")
            if held and (unsaid := next((name for name in ("configFrom", "configPatches") if held.get(name)), "")):
                found.tell(*place[:3], f".{unsaid}", "takes settings out of a Secret, which no entry can say but for Redis: the plugin is left out.")
            elif held:
                shown = {"plugin": held["plugin"], "config": held.get("config"), "enabled": not held.get("disabled", False)}
                _plugin(entry, shown, secrets, found, place)
        found.entries.append(_finished(entry))
    return found


def _credential(entry: Entry, consumer: str, obj: Object, secrets: bool, found: Found) -> None:
    data = {part: base64.b64decode(value).decode(errors="replace") for part, value in (obj.get("data") or {}).items()}
    kind, name = (obj["metadata"].get("labels") or {}).get(CREDENTIAL_LABEL), obj["metadata"]["name"]
    if kind == "acl":
        entry.setdefault("groups", []).append(data.get("group"))
    elif kind == "key-auth":
        slot = name.removeprefix(f"{consumer}-key-") if name.startswith(f"{consumer}-key-") else "~"
        entry.setdefault("keys", []).append(_key(slot, data.get("key"), data.get("ttl"), secrets, len(entry.get("keys", ()))))
    elif not secrets or kind not in ("basic-auth", "jwt"):
        problem = "is left out. Set secrets to true, and no_log to true on the task." if kind in ("basic-auth", "jwt") else "no entry can say it."
        found.tell("Secret", str(obj["metadata"].get("namespace")), name, ".data", problem)
    elif kind == "basic-auth":
        entry.setdefault("basic_auth", []).append({"username": data.get("username"), "password": data.get("password")})
    else:
        slot = name.removeprefix(f"{consumer}-jwt-")
        entry.setdefault("jwt", []).append({"name": slot, **_only(data, ("key", "algorithm", "rsa_public_key", "secret"))})


def _only(data: Mapping[str, Any], names: tuple[str, ...]) -> Entry:
    return {name: data[name] for name in names if data.get(name)}


def _shown(found: Found) -> dict[str, Any]:
    return {OPTION: found.entries, "unexpressed": found.unexpressed}


def _from_cluster(cluster: Cluster, context: BuildContext) -> dict[str, Any]:
    """The names that are asked for are the consumers'; their Secrets have others."""
    names = frozenset(context.params["names"] or ())
    everything: Any = replace(cluster, names=frozenset())  # type: ignore[type-var]  # a Reader, which is a dataclass
    objects = [obj for obj in everything.objects((CONSUMER, PLUGIN, SECRET)) if _matters(obj, names)]
    return _shown(from_objects(objects, context.params["secrets"]))


def _matters(obj: Object, names: frozenset[str]) -> bool:
    if obj["kind"] == "Secret":
        return CREDENTIAL_LABEL in (obj["metadata"].get("labels") or {})
    return obj["kind"] != "KongConsumer" or not names or obj["metadata"]["name"] in names


INFO = Info(
    KIND,
    _from_cluster,
    {"secrets": {"type": "bool", "default": False}, **WAYS},
    lambda objects, params: _shown(from_entities(objects, params["secrets"])),
)
