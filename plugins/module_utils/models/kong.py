# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kong's entities as the Admin API knows them, and the one envelope in which the engine moves them. Pure.

Facts from Kong's own schemas (kong/db/schema/entities, kong/plugins/*/daos.lua, release 3.9).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.objects import Key, Object
from ..engine.report import HIDDEN, HIDDEN_CHANGED, declarative, hidden

AUTO, KUBERNETES, ADMIN, DBLESS = "auto", "kubernetes", "admin", "dbless"
BACKENDS = (AUTO, KUBERNETES, ADMIN, DBLESS)
ADMIN_OPTIONS: dict[str, Any] = {
    "urls": {"type": "list", "elements": "str", "required": True},
    "token": {"type": "str", "no_log": True},
    "workspace": {"type": "str"},
    "headers": {"type": "dict", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_cert": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
}
"""The argument spec of option ``kong_admin``."""
WAYS: dict[str, Any] = {
    "backend": {"type": "str", "choices": list(BACKENDS), "default": AUTO},
    "kong_admin": {"type": "dict", "options": ADMIN_OPTIONS},
}
"""The options of every module that can speak to a Kong, besides the cluster's."""
GROUP = "kong"
API_VERSION = f"{GROUP}/v3"
MADE = ("id", "created_at", "updated_at", "ws_id", "ttl")
"""What only the server writes; ``ttl`` is read as what is left of it, which is another number each time."""


@dataclass(frozen=True)
class Entity:
    """``path``: its collection. ``name``: the field that names it, empty for what only exists with a parent. ``parents``: field -> entity that it points to.

    ``unique``: field -> the words for it. ``secret``: fields never shown. ``made``: fields that the server fills in where they are not given.
    """

    path: str
    name: str = ""
    parents: Mapping[str, str] = field(default_factory=dict)
    unique: Mapping[str, str] = field(default_factory=dict)
    secret: tuple[str, ...] = ()
    made: tuple[str, ...] = ()


OF_CONSUMER = {"consumer": "consumers"}
ENTITIES: dict[str, Entity] = {
    "services": Entity("services", "name"),
    "upstreams": Entity("upstreams", "name"),
    "consumers": Entity("consumers", "username", unique={"custom_id": "its custom_id"}),
    "routes": Entity("routes", "name", {"service": "services"}),
    "targets": Entity("targets", parents={"upstream": "upstreams"}),
    "keyauth_credentials": Entity("key-auths", parents=OF_CONSUMER, unique={"key": "its key"}, secret=("key",), made=("key",)),
    "acls": Entity("acls", parents=OF_CONSUMER),
    "basicauth_credentials": Entity("basic-auths", parents=OF_CONSUMER, unique={"username": "its user name"}, secret=("password",)),
    "jwt_secrets": Entity("jwts", parents=OF_CONSUMER, unique={"key": "its key"}, secret=("secret",), made=("key", "secret")),
    "plugins": Entity("plugins", parents={"service": "services", "route": "routes", "consumer": "consumers"}),
}
NAMED = tuple(kind for kind, entity in ENTITIES.items() if entity.name)
SECRET_WORDS = ("password", "secret", "token", "api_key", "apikey", "header_value", "param_value", "access_key", "private_key", "credential")
"""Parts of names of plugin settings whose values are secrets: which they are, only the plugins' own schemas would say, and not all do."""
_NAMESPACE = uuid.UUID("8d4f5c1e-6a5e-5f0f-9d53-3c1d0a6f7b52")


def key(kind: str, name: str) -> Key:
    return Key(GROUP, kind, "", name)


def entity(kind: str, name: str, spec: Mapping[str, Any]) -> Object:
    """One entity in the envelope of the engine. ``spec`` holds the Admin API's own fields, references by name."""
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": dict(spec)}


def new_id(owner: str, kind: str, name: str) -> str:
    """The id of an object that we make: always the same one, so that a creation whose answer was lost may be sent again."""
    return str(uuid.uuid5(_NAMESPACE, f"{owner}/{kind}/{name}"))


def parent_name(kind: str, reference: Any) -> str:
    """What a reference names: the field by which the parent is named, or its id."""
    if not isinstance(reference, Mapping):
        return ""
    named = ENTITIES[kind].name
    return str(reference.get(named) or reference.get("name") or reference.get("id") or "")


def within(parent: str, own: str) -> str:
    """The name of what exists with a parent only. A slash in the parent's name is told from the one between the two."""
    return f"{parent.replace('%', '%25').replace('/', '%2F')}/{own}"


def natural_name(kind: str, spec: Mapping[str, Any], slot: str, row_id: str) -> str:
    """What an entity is called: by its own name, else by its parent and what tells it apart there. ``spec`` holds references by name."""
    about = ENTITIES[kind]
    if about.name:
        return str(spec.get(about.name) or row_id)
    if kind == "plugins":
        for part, parent in about.parents.items():
            if name := parent_name(parent, spec.get(part)):
                return within(f"{parent}.{name}", str(spec.get("name")))
        return f"global/{spec.get('name')}"
    (part, parent) = next(iter(about.parents.items()))
    own = {"acls": spec.get("group"), "targets": spec.get("target")}.get(kind) or slot or f"~{row_id}"
    return within(parent_name(parent, spec.get(part)), own)


def slot_of(kind: str, name: str) -> str:
    """The part of a credential's name that tells it from its consumer's others."""
    return name.partition("/")[2] if kind.endswith(("_credentials", "_secrets")) else ""


def uniques(obj: Object) -> dict[str, str]:
    """The values that no other object of its kind may hold, with the words for their field."""
    kind = obj["kind"]
    about = ENTITIES.get(kind)
    spec = obj.get("spec") or {}
    return {f"{kind}.{name}={spec[name]}": words for name, words in about.unique.items() if spec.get(name)} if about else {}


def secrets_of(obj: Object | None) -> set[str]:
    """Texts of an entity that must not be shown."""
    return set(_secrets((obj or {}).get("kind", ""), (obj or {}).get("spec") or {}))


def _secrets(kind: str, spec: Mapping[str, Any]) -> Iterator[str]:
    for name in ENTITIES[kind].secret if kind in ENTITIES else ():
        if spec.get(name):
            yield str(spec[name])
    if kind == "plugins":
        yield from _deep(spec.get("config") or {})


def _deep(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            if secret_setting(str(name)) and isinstance(part, (str, int)) and part not in ("", None) and not isinstance(part, bool):
                yield str(part)
            else:
                yield from _deep(part)
    elif isinstance(value, list):
        for part in value:
            yield from _deep(part)


def veiled(before: Object | None, after: Object | None) -> tuple[Object | None, Object | None]:
    """Both entities as a user may see them: of a secret only whether it changes."""
    old, new = (declarative(obj) if obj else None for obj in (before, after))
    for shown, other in ((old, None), (new, old)):
        if shown is not None:
            original = (before if shown is old else after) or {}
            hide = ENTITIES[shown["kind"]].secret if shown["kind"] in ENTITIES else ()
            spec = {name: _veil(part, name in hide, (before or {}).get("spec", {}).get(name) if other else part) for name, part in original["spec"].items()}
            shown["spec"] = spec
    return old, new


def _veil(value: Any, hide: bool, old: Any) -> Any:
    if hide and value is not None:
        return HIDDEN if old is None or old == value else HIDDEN_CHANGED
    if isinstance(value, Mapping):
        olds = old if isinstance(old, Mapping) else {}
        return {name: _veil(part, secret_setting(str(name)) and not isinstance(part, (Mapping, list, bool)), olds.get(name)) for name, part in value.items()}
    return [_veil(part, False, None) for part in value] if isinstance(value, list) else value


def secret_setting(name: str) -> bool:
    word = name.lower().replace("tokens", "")  # those are counted
    return any(part in word for part in SECRET_WORDS) and not word.endswith(("_name", "_names", "_in_query", "_in_header", "hide_credentials"))


def secret_paths(config: Any, path: str = ".config") -> list[str]:
    """Where settings of a plugin hold a secret."""
    found = []
    for name, part in config.items() if isinstance(config, Mapping) else enumerate(config) if isinstance(config, list) else ():
        where = f"{path}.{name}" if isinstance(config, Mapping) else f"{path}[{name}]"
        if isinstance(part, (Mapping, list)):
            found += secret_paths(part, where)
        elif secret_setting(str(name)) and part not in (None, "") and not isinstance(part, bool):
            found.append(where)
    return found


def veiled_plugin(before: Object | None, after: Object | None) -> tuple[Object | None, Object | None]:
    """Objects of a cluster as a user may see them, settings of a KongPlugin too."""
    shown = list(hidden(before, after))
    for index, old in ((0, before), (1, before)):
        obj = shown[index]
        if obj is not None and obj["kind"] == "KongPlugin" and obj.get("config"):
            shown[index] = {**obj, "config": _veil(obj["config"], False, (old or {}).get("config") if index else obj["config"])}
    return shown[0], shown[1]
