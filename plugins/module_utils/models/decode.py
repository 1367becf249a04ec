# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the inventory's dictionaries to frozen dataclasses, with everything that is wrong said at once.

A kind is a dataclass whose fields are made by :func:`required` and :func:`optional`; that declaration is the only list of its fields.
Inline lists and files are read by this one path. The module's documentation is held against the same declaration by a test.
"""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from typing import Any, Generic, TypeVar, cast

from .codecs import Codec, Report, shown
from .text import NAME, NAMESPACE

T = TypeVar("T")
R = TypeVar("R")
CODEC = "codec"
KEY = "key"


# pylint: disable=invalid-field-call  # these three are called where a dataclass declares its fields; the checker looks at this file alone


def required(codec: Codec[T], key: str = "") -> T:
    """A field that must be given. ``key`` is the inventory's word where Python reserves it (``class``, ``from``)."""
    return cast(T, field(metadata={CODEC: codec, KEY: key}))


def optional(codec: Codec[T], key: str = "") -> T | None:
    """A field that may be left out; None in the inventory means the same as leaving it out."""
    return cast("T | None", field(default=None, metadata={CODEC: codec, KEY: key}))


def several(codec: Codec[tuple[T, ...]], key: str = "") -> tuple[T, ...]:
    """A list that may be left out and is empty then."""
    return cast("tuple[T, ...]", field(default=(), metadata={CODEC: codec, KEY: key}))


def declared(cls: type[Any]) -> dict[str, Field[Any]]:
    """The fields of a kind, by the inventory's name."""
    return _declared(cast(Hashable, cls))


@cache
def _declared(cls: Any) -> dict[str, Field[Any]]:
    return {item.metadata[KEY] or item.name: item for item in fields(cls) if CODEC in item.metadata}


def codec_of(item: Field[Any]) -> Codec[Any]:
    return cast("Codec[Any]", item.metadata[CODEC])


def is_required(item: Field[Any]) -> bool:
    return item.default is not None and item.default != ()


@cache
def _readers(cls: Any) -> dict[str, tuple[str, Codec[Any]]]:
    """By the inventory's name what it is called here, and who reads it."""
    return {key: (item.name, codec_of(item)) for key, item in _declared(cls).items()}


@cache
def _unsaid(cls: Any) -> dict[str, Any] | None:
    """What stands in the fields that are not given; None where a class makes more of its fields than keeping them."""
    plain = not hasattr(cls, "__post_init__") and not hasattr(cls, "__slots__") and all(item.default_factory is MISSING for item in fields(cls))
    return {item.name: item.default for item in fields(cls) if item.default is not MISSING} if plain else None


def _made(cls: type[R], values: dict[str, Any]) -> R:
    """``cls(**values)`` of a frozen dataclass whose required fields are all there, in a third of its time: for a thousand entries it counts."""
    unsaid = _unsaid(cast(Hashable, cls))
    if unsaid is None:
        return cls(**values)
    made = object.__new__(cls)
    made.__dict__.update(unsaid)
    made.__dict__.update(values)
    return made


@cache
def _required(cls: Any) -> tuple[tuple[str, Field[Any]], ...]:
    return tuple((key, item) for key, item in _declared(cls).items() if is_required(item))


@dataclass(frozen=True)
class Nested(Generic[R]):
    """A dictionary that becomes a dataclass. Its method ``check(where, report)``, where it has one, looks at the fields together.

    Its class attribute ``HINTS``, where it has one, says what to write for a word that users bring from elsewhere.
    """

    cls: type[R]
    doc_type: str = "dict"
    elements: str | None = None

    def read(self, value: object, where: str, report: Report) -> R | None:
        if not isinstance(value, Mapping):
            report.add(where, f"expected a dictionary, got {shown(value)}.", f"It may hold {', '.join(declared(self.cls))}.")
            return None
        before = len(report.issues)
        known = _readers(cast(Hashable, self.cls))
        values: dict[str, Any] = {}
        for raw_key, raw in value.items():
            key = raw_key if raw_key in known else "on" if str(raw_key).lower() == "true" else str(raw_key)  # YAML 1.1 reads the plain key on: as true
            reader = known.get(key)
            if reader is None:
                report.add(where, f"unknown field {key:.60}.", self._nearest(key))
            elif raw is not None:
                values[reader[0]] = reader[1].read(raw, f"{where}.{key}", report)
        for key, item in _required(cast(Hashable, self.cls)):
            if item.name not in values:
                report.add(where, f"{key} is missing.", f"Write {key}: followed by {wanted(codec_of(item))}.")
        if len(report.issues) > before:
            return None
        result = _made(self.cls, values)
        check = getattr(result, "check", None)
        if check is not None:
            check(where, report)
        return result if len(report.issues) == before else None

    def _nearest(self, key: str) -> str:
        hint = getattr(self.cls, "HINTS", {}).get(key)
        if hint:
            return str(hint)
        near = difflib.get_close_matches(key.lower()[:60], declared(self.cls), n=1, cutoff=0.6)
        return f"Did you mean {near[0]}?" if near else f"Known are {', '.join(declared(self.cls))}."


def wanted(codec: Codec[Any]) -> str:
    words = {"list": "a list", "dict": "a dictionary", "int": "a whole number", "bool": "true or false"}
    return words.get(codec.doc_type, getattr(codec, "what", "text"))


@dataclass(frozen=True)
class Short(Generic[R]):
    """Either the dictionary, or a plain value that stands for its one most used field: ``/v1`` for ``{prefix: /v1}``."""

    cls: type[R]
    stands_for: str
    doc_type: str = "raw"
    elements: str | None = None

    def read(self, value: object, where: str, report: Report) -> R | None:
        if isinstance(value, Mapping):
            return Nested(self.cls).read(value, where, report)
        before = len(report.issues)
        item = declared(self.cls)[self.stands_for]
        plain = codec_of(item).read(value, where, report)
        if plain is None:
            return None
        result = _made(self.cls, {item.name: plain})
        check = getattr(result, "check", None)
        if check is not None:
            check(where, report)
        return result if len(report.issues) == before else None


@dataclass(frozen=True)
class Identity:
    """Who an entry is where a namespace and a name do not say it: the fields that do, with what each may hold.

    A kind has it as its class attribute ``IDENTITY``. Such an entry has no namespace; its name is the fields' values joined by slashes.
    """

    fields: tuple[tuple[str, Codec[str]], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _codec in self.fields)

    def read(self, item: Mapping[Any, Any], origin: str, report: Report) -> str | None:
        found = []
        for name, codec in self.fields:
            if item.get(name) is None:
                report.add(origin, f"{name} is missing.", f"Write {name}: followed by {wanted(codec)}.")
            else:
                found.append(codec.read(item[name], f"{origin}.{name}", report))
        good = [part for part in found if part is not None]
        return "/".join(good) if len(good) == len(self.fields) else None


def _identity_of(cls: type[Any] | None) -> Identity | None:
    return getattr(cls, "IDENTITY", None)


@dataclass(frozen=True)
class Entry(Generic[R]):
    """One good entry of the list: what it declares, what errors call it, and who it is."""

    value: R
    origin: str
    namespace: str
    name: str

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"


def origin_of(option: str, index: int, entry: object, cls: type[Any] | None = None) -> str:
    """``inference_routes[3] (chat)``: what a user finds again."""
    identity = _identity_of(cls)
    parts = [entry.get(name) for name in (identity.names if identity else ("name",))] if isinstance(entry, Mapping) else [None]
    good = all(isinstance(part, (str, int)) and str(part).isprintable() for part in parts)
    return f"{option}[{index}] ({'/'.join(map(str, parts)):.253})" if good else f"{option}[{index}]"


def entries_of(cls: type[R], raw: Sequence[object], option: str, namespace: str, report: Report) -> list[Entry[R]]:
    """Read every entry of a list; two that are the same one are an error that names both places."""
    codec = Nested(cls)
    result: list[Entry[R]] = []
    places: dict[str, str] = {}
    for index, item in enumerate(raw):
        origin = origin_of(option, index, item, cls)
        key = _identity(item, origin, namespace, places, report, _identity_of(cls))
        value = codec.read(item, origin, report) if key else None
        if key and value is not None:
            entry_namespace, _slash, name = key.partition("/")
            result.append(Entry(value, origin, entry_namespace, name))
    return result


def identities(entries: Sequence[object], option: str, namespace: str, cls: type[Any] | None = None) -> list[str]:
    """``namespace/name`` of each entry, for entries that are to go: nothing but who they are is looked at. ``cls`` is the kind, where it says otherwise."""
    report = Report()
    places: dict[str, str] = {}
    own = _identity_of(cls)
    found = [_identity(item, origin_of(option, index, item, cls), namespace, places, report, own) for index, item in enumerate(entries)]
    report.raise_if_any()
    return [key for key in found if key]


def _identity(item: object, origin: str, namespace: str, places: dict[str, str], report: Report, own: Identity | None) -> str | None:
    """Who an entry is; None where that cannot be said or where another entry is the same one already."""
    if not isinstance(item, Mapping):
        # What is no dictionary may be anything, a secret too, where an entry may hold one.
        problem = f"a dictionary with {' and '.join(own.names)}." if own else f"a dictionary with a name, got {shown(item)}."
        report.add(origin, f"expected {problem}")
        return None
    name = own.read(item, origin, report) if own else None
    key = _namespaced(item, origin, namespace, report) if own is None else f"/{name}" if name is not None else None
    if key is None:
        return None
    first = places.setdefault(key, origin)
    if first != origin:
        report.add(origin, f"{key.removeprefix('/')} is declared twice; the first is {first}.", "Rename one, or join the two into one entry.")
        return None
    return key


def _namespaced(item: Mapping[Any, Any], origin: str, namespace: str, report: Report) -> str | None:
    if item.get("name") is None:
        report.add(origin, "name is missing.", "Write name: followed by the object's name.")
        return None
    own = item.get("namespace")
    name = NAME.read(item["name"], f"{origin}.name", report)
    space = namespace if own is None else NAMESPACE.read(own, f"{origin}.namespace", report)
    return None if name is None or space is None else f"{space}/{name}"
