# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/config of a node without a database (kong/api/routes/config.lua, kong/db/declarative/*.lua)."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import yaml

from . import errors, references
from .declarative import Declared
from .lua import pretty
from .schema import Entity
from .state import Row, Workspace, encode
from .wire import Call

if TYPE_CHECKING:
    from .server import KongAdmin

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
# Parents come before what points to them.
ORDER = ("certificates", "services", "upstreams", "consumers", "routes", "targets", "plugins")
TRUTHY = ("true", "1", "on", "yes")


def config(kong: KongAdmin, call: Call, query: dict[str, str]) -> tuple[int, bytes]:
    if call.method not in ("GET", "HEAD", "POST"):
        raise errors.AnswerError(405, {"message": "Method not allowed"})
    if kong.database != "off":
        raise errors.AnswerError(400, {"message": "this endpoint is only available when Kong is configured to not use a database"})
    if call.method == "POST":
        return _load(kong, call, query)
    return 200, encode({"config": exported(kong.spaces["default"])})


def _load(kong: KongAdmin, call: Call, query: dict[str, str]) -> tuple[int, bytes]:
    params = {**query, **_params(call)}
    flatten = str(params.pop("flatten_errors", "")).lower() in TRUTHY
    check = str(params.pop("check_hash", "")) == "1"
    given, digest = _given(call, params)
    # The hash is known before the load only when the configuration is a text.
    if check and digest and digest == kong.digest:
        raise errors.AnswerError(304)
    declared = Declared(given, kong.schemas)
    references.check(declared, flatten)
    if declared.errors or declared.flat:
        raise errors.AnswerError(400, declared.refusal(flatten))
    kong.digest = digest or hashlib.md5(encode([item.entity for item in declared.items])).hexdigest()  # noqa: S324 - as Kong does
    space = Workspace("default", kong.schemas)
    told: dict[str, Entity] = {}
    for item in declared.items:
        entity = dict(item.entity)
        ttl = entity.pop("ttl", None)
        # Here it is the time itself until when (strategies/off/init.lua, process_ttl_field).
        space.tables[item.schema.name].put(Row(entity, item.schema, ttl or None))
        told.setdefault(item.schema.name, {})[entity["id"]] = item.entity
    kong.spaces["default"] = space
    return 201, encode(told)


def _params(call: Call) -> Entity:
    kind = call.headers.get("content-type", "").lower()
    if kind.startswith("application/json"):
        try:
            found = json.loads(call.body)
        except ValueError:
            raise errors.AnswerError(400, {"message": "Cannot parse JSON body"}) from None
        return found if isinstance(found, dict) else {}
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(call.body.decode(), keep_blank_values=True))
    if kind.startswith(("application/yaml", "text/yaml", "multipart/form-data")) or (not kind and not call.body):
        return {}
    raise errors.AnswerError(415)


def _given(call: Call, params: Entity) -> tuple[Entity, str]:
    if "_format_version" in params:
        return params, ""
    text = params.get("config") or call.body.decode()
    if not text:
        raise errors.AnswerError(400, {"message": "expected a declarative configuration"})
    found, wrong = _read(text)
    if not isinstance(found, dict):
        told = "failed parsing declarative configuration" + (f": {wrong}" if wrong else "")
        raise errors.KongError(14, "declarative config is invalid: " + pretty({"error": told}), {"error": told})
    return found, hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - as Kong does


def _read(text: str) -> tuple[Any, str]:
    """JSON is tried first, then YAML."""
    try:
        return json.loads(text), ""
    except ValueError:
        pass
    try:
        found = yaml.load(text, LOADER)  # noqa: S506 - it is the safe one
    except yaml.YAMLError as error:
        return None, str(error).replace("\n", " ")
    return found, "" if isinstance(found, dict) else "expected an object"


def exported(space: Workspace) -> str:
    """What runs, as YAML: passwords are hashed already, so it says that they are not to be hashed again; references are ids."""
    out: Entity = {"_format_version": "3.0", "_transform": False}
    for name in dict.fromkeys([*ORDER, *space.tables]):
        rows = [row.view(hide_shorthands=False) for row in space.tables[name].after("") if row.expires is None or row.expires > time.time()]
        for row in rows:
            for field in space.tables[name].pointers:
                row[field] = row[field]["id"] if row.get(field) else row.get(field)
        if rows:
            out[name] = rows
    text: str = yaml.dump(out, Dumper=DUMPER, sort_keys=False)
    return text


def kept_by_controller(kong: KongAdmin) -> None:
    """What an ingress controller has written: every entity tagged with its name and the object it comes from."""
    space = kong.spaces["default"]

    def keep(name: str, given: Entity, kind: str, origin: str) -> str:
        tags = [f"k8s-name:{origin}", "k8s-namespace:default", f"k8s-kind:{kind}", "k8s-version:v1", "managed-by-ingress-controller"]
        schema = kong.schemas[name]
        entity = schema.process({**given, "tags": tags}, "insert")
        assert not schema.validate(entity)
        space.tables[name].put(Row(entity, schema))
        return str(entity["id"])

    service = keep("services", {"name": "default.web.80", "host": "web.default.80.svc", "path": "/"}, "Service", "web")
    keep("routes", {"name": "default.web.web..80", "paths": ["/web"], "service": {"id": service}}, "Ingress", "web")
    keep("consumers", {"username": "web"}, "KongConsumer", "web")
