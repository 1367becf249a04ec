# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recipe says about the gateway becomes a consumer and a route. Its key becomes the name of a variable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..models.codecs import Text
from ..models.text import HEADER_VALUE
from .blueprint_fields import HIDDEN, Fields

FIELD = "recipe_inference_gateway"
URL_PATH = Text("a path", r"/?[-A-Za-z0-9._~/]*", 1024, "/ai/models", empty=True)
PLACEHOLDER = re.compile(r"<.*>")


@dataclass(frozen=True)
class Options:
    """What a document does not know: the namespace and the Gateways of this inventory, and how long an answer may take."""

    namespace: str = ""
    parents: tuple[str, ...] = ()
    timeout: str = "600s"
    generate_keys: bool = False


@dataclass(frozen=True)
class Way:
    """One model behind the gateway. ``key`` is the document's own, for comparison alone."""

    where: str
    place: str
    key: str
    consumer: dict[str, Any] | None
    route: dict[str, Any]


def variable(name: str) -> str:
    """The variable that has to hold the key, best from a vault."""
    return f"vault_{re.sub(r'[^a-z0-9]', '_', name)}_api_key"


def build(recipe: Fields, entry: dict[str, Any], options: Options) -> Way | None:
    if FIELD not in recipe:
        return None
    part = recipe.part(FIELD)
    model = part.take("model_name", HEADER_VALUE)
    path = "/" + (part.take("url_path", URL_PATH) or "").strip("/")
    key = str(part.left.pop("api_key", ""))  # never shown, not even as the wrong thing in its place
    if model is None:
        part.wrong("model_name", "is missing: requests name the model by it.", "Write the value of the header X-Model.")
        return None
    part.lose_rest("the inference gateway has no such field.", "Look whether it is spelled right.")
    name = str(entry["name"])
    consumer = None
    if not key:
        why = "the document has no key, so whoever reaches the gateway reaches the model; the route says so."
        recipe.ledger.lose(part.where("api_key"), None, why, f"Write access: {{groups: [{name}]}} into the route, and a consumer of that group.")
    else:
        consumer = {"name": name} | _space(options) | {"groups": [name], "keys": [_key(part, name, options)]}
    return Way(part.at, f"{path} X-Model: {model.lower()}", key, consumer, _route(entry, model, path, consumer is not None, options))


def _key(part: Fields, name: str, options: Options) -> dict[str, Any]:
    why = "a key in an inventory is read by all who read the inventory."
    if options.generate_keys:
        part.ledger.lose(part.where("api_key"), HIDDEN, why, "A new key is made, once, and kept in the cluster.")
        return {"generate": True}
    part.ledger.lose(part.where("api_key"), HIDDEN, why, f"Set {variable(name)} (ansible-vault, or a lookup), or write generate: true in place of key.")
    return {"key": f"{{{{ {variable(name)} }}}}"}


def _space(options: Options) -> dict[str, str]:
    return {"namespace": options.namespace} if options.namespace else {}


def _route(entry: dict[str, Any], model: str, path: str, closed: bool, options: Options) -> dict[str, Any]:
    """The path's prefix is the gateway's own affair: the server has never heard of it."""
    rule: dict[str, Any] = {"path": path, "headers": {"X-Model": model}}
    if path != "/":
        rule["rewrite"] = {"path": {"prefix": "/"}}
    rule |= {"backends": [{"service": entry["name"], "port": entry.get("port", 8000)}], "timeouts": {"backend": options.timeout}}
    parents = {"parents": list(options.parents)} if options.parents else {}
    access = {"groups": [entry["name"]]} if closed else {"open": True}
    return {"name": entry["name"]} | _space(options) | parents | {"access": access, "rules": [rule]}
