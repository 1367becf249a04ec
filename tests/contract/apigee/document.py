# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Google's discovery document: which methods there are, and what their queries and bodies may hold.

It lies in the package google-api-python-client. APIGEE_DISCOVERY_DOCUMENT names another copy.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

PREFIX = "GoogleCloudApigeeV1"
INTEGER = "^-?[0-9]+$"
DIGITS = re.compile(INTEGER)
Schema = dict[str, Any]
Violations = list[tuple[str, str]]


def source() -> Path:
    named = os.environ.get("APIGEE_DISCOVERY_DOCUMENT")
    if named:
        return Path(named)
    return Path(str(resources.files("googleapiclient"))) / "discovery_cache" / "documents" / "apigee.v1.json"


@dataclass(frozen=True)
class Method:
    id: str
    verb: str
    template: tuple[str, ...]
    query: dict[str, Any]
    # The name of the schema of the body, "" for a method that takes none.
    request: str
    response: str


@dataclass(frozen=True)
class Match:
    method: Method
    ids: dict[str, str]


class Document:
    def __init__(self, text: str) -> None:
        loaded = json.loads(text)
        self.revision: str = loaded["revision"]
        self.schemas: dict[str, Any] = loaded["schemas"]
        self.common: dict[str, Any] = loaded["parameters"]
        self.methods = {method.id: method for method in _methods(loaded)}
        self.by_shape: dict[tuple[str, int], list[Method]] = {}
        # A literal word beats a name: keys/create is not the key "create".
        for method in sorted(self.methods.values(), key=lambda each: [part.startswith("{") for part in each.template]):
            self.by_shape.setdefault((method.verb, len(method.template)), []).append(method)
        self.definitions = {name: self._object(name) for name in self.schemas}
        self.validators: dict[tuple[str, bool], Draft202012Validator] = {}

    def match(self, verb: str, path: str, decodes: int = 1) -> Match | None:
        parts = path.strip("/").split("/")
        for method in self.by_shape.get((verb, len(parts)), ()):
            ids = _ids(method.template, parts, decodes)
            if ids is not None:
                return Match(method, ids)
        return None

    def _object(self, name: str) -> Schema:
        told = self.schemas[name]
        properties = {field: self._field(each) for field, each in told.get("properties", {}).items()}
        made: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if "additionalProperties" in told:
            made["additionalProperties"] = self._field(told["additionalProperties"])
        # The document has no `required`; the prose of a field says it [D].
        required = [field for field, each in told.get("properties", {}).items() if each.get("description", "").startswith("Required.")]
        for field in required:
            # To proto, a string or a list that is empty is one that was not given.
            properties[field] |= {"string": {"minLength": 1}, "array": {"minItems": 1}}.get(properties[field].get("type", ""), {})
        if required and name.endswith("Quota"):
            # An operation's quota may be empty: the console makes them so (scastria/terraform-provider-apigee#42).
            return {**made, "if": {"minProperties": 1}, "then": {"required": required}}
        return {**made, "required": required} if required else made

    def _field(self, told: Schema) -> Schema:
        if "$ref" in told:
            return {"$ref": f"#/$defs/{told['$ref']}"}
        kind = told.get("type")
        if kind == "array":
            return {"type": "array", "items": self._field(told["items"])}
        if kind == "object":
            inner = told.get("additionalProperties")
            return {"type": "object", **({"additionalProperties": self._field(inner)} if inner else {})}
        if kind == "any":
            return {}
        if kind == "string" and told.get("format") in ("int64", "uint64"):
            # Strings of digits on the wire; a JSON number is taken too (proto3's JSON mapping).
            return {"type": ["string", "integer"], "pattern": INTEGER}
        made: Schema = {"type": kind}
        if "enum" in told:
            made["enum"] = told["enum"]
        return made

    def _validator(self, name: str, answer: bool = False) -> Draft202012Validator:
        """An answer may leave out what a request must have: a list without `expand` has only names."""
        if (name, answer) not in self.validators:
            left_out = {"required", "then"} if answer else set()
            known = {each: {word: value for word, value in told.items() if word not in left_out} for each, told in self.definitions.items()}
            self.validators[name, answer] = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": known})
        return self.validators[name, answer]

    def wrong_answer(self, method: Method, answer: Any) -> Violations:
        """What does not belong in an answer of this method, by the same document."""
        return [each for error in self._validator(method.response, True).iter_errors(answer) for each in _told("answer", error)]

    def wrong_body(self, method: Method, body: Any) -> Violations:
        root = snake(method.request.removeprefix(PREFIX))
        found = [each for error in self._validator(method.request).iter_errors(body) for each in _told(root, error)]
        return sorted(found)

    def wrong_query(self, method: Method, query: list[tuple[str, str]]) -> Violations:
        found: Violations = []
        for name, value in query:
            told = method.query.get(name) or self.common.get(name)
            if told is None:
                text = f"Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' could not be found in request message."
                found.append(("", "Invalid JSON payload received. " + text))
            elif not _fits(told, value):
                found.append((snake(name), f"Invalid value at '{snake(name)}' ({_type_name(told)}), \"{value}\""))
        return found


def _methods(loaded: dict[str, Any]) -> Iterator[Method]:
    for each in loaded.get("methods", {}).values():
        query = {name: told for name, told in each.get("parameters", {}).items() if told["location"] == "query"}
        template = tuple(each.get("flatPath", each["path"]).split("/"))
        request, response = (each.get(side, {}).get("$ref", "") for side in ("request", "response"))
        yield Method(each["id"], each["httpMethod"], template, query, request, response)
    for inner in loaded.get("resources", {}).values():
        yield from _methods(inner)


def _ids(template: tuple[str, ...], parts: list[str], decodes: int) -> dict[str, str] | None:
    """The names in a path. A plus sign that is not encoded is a space (apigee/apigee-client-php#86)."""
    ids: dict[str, str] = {}
    for expected, given in zip(template, parts, strict=True):
        name, brace, suffix = expected.removeprefix("{").partition("}")
        if not brace:
            if expected != given:
                return None
            continue
        if not given.endswith(suffix) or given == suffix:
            return None
        value = given.removesuffix(suffix) if suffix else given
        for _turn in range(decodes):
            value = unquote(value.replace("+", " "))
        ids[name] = value
    return ids


@functools.cache
def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _fits(told: Schema, value: str) -> bool:
    if told.get("enum"):
        return value in told["enum"]
    if told["type"] == "boolean":
        return value in ("true", "false")
    if told["type"] == "integer" or told.get("format") == "int64":
        return bool(DIGITS.match(value))
    return True


def _type_name(told: Schema) -> str:
    if told["type"] == "boolean":
        return "TYPE_BOOL"
    if "format" in told:
        return f"TYPE_{told['format'].upper()}"
    return "TYPE_STRING" if told["type"] == "string" else f"TYPE_{told['type'].upper()}"


def _where(root: str, path: list[Any]) -> str:
    return root + "".join(f"[{each}]" if isinstance(each, int) else f".{snake(each)}" for each in path)


def _told(root: str, error: ValidationError) -> Violations:
    """What Google's JSON parser says; the words for a required field are ours."""
    where = _where(root, list(error.absolute_path))
    if error.validator == "type" and not error.absolute_path:
        return [("", 'Invalid JSON payload received. Unknown name "": Root element must be a message.')]
    if error.validator == "additionalProperties":
        known = error.schema["properties"] if isinstance(error.schema, dict) else {}
        extra = [name for name in error.instance if name not in known]
        return [(where, f"Invalid JSON payload received. Unknown name \"{name}\" at '{where}': Cannot find field.") for name in extra]
    if error.validator in ("minLength", "minItems"):
        return [(where, f"{where} is required")]
    if error.validator == "required":
        # One error a field; "'email' is a required property".
        name = snake(error.message.split("'")[1])
        return [(f"{where}.{name}", f"{where}.{name} is required")]
    wanted = error.schema.get("type") if isinstance(error.schema, dict) else None
    kind = "TYPE_INT64" if isinstance(wanted, list) else {"string": "TYPE_STRING", "boolean": "TYPE_BOOL", "integer": "TYPE_INT32"}.get(str(wanted), "")
    if error.validator == "enum" or not kind:
        kind = "type.googleapis.com/google.cloud.apigee.v1"
    return [(where, f"Invalid value at '{where}' ({kind}), {json.dumps(error.instance)}")]


@functools.cache
def document() -> Document:
    return Document(source().read_text(encoding="utf-8"))
