# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML straight from the parser's events: what inventories consist of, in half the time and a fifth of the memory of nodes that become objects.

Only what needs no judgement is read here: maps with plain keys, lists, scalars. Anchors, merge keys, tags, keys that stand twice and everything that is
wrong are left to :mod:`source`, whose way through PyYAML's constructor is the authority; both agree on all else, which a property test holds them to.
"""

from __future__ import annotations

from typing import Any

from .errors import InputError
from .values import DEEPEST, MOST, key_text, problem


class UnusualError(Exception):
    """Something that is not read here."""


def documents(stream: Any, loader: Any) -> list[Any] | None:
    """The documents as plain values, or None where the usual way has to look at them. ``loader`` is the class whose scalars are meant."""
    import yaml  # here, because a module has to load where only the Kubernetes client, which brings it, is missing

    if not yaml.__with_libyaml__:
        return None
    try:
        return _Reader(yaml, stream, loader).documents()
    except (UnusualError, InputError, yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        return None


class _Reader:
    def __init__(self, yaml: Any, stream: Any, loader: Any) -> None:
        self.yaml = yaml
        self.event = yaml.cyaml.CParser(stream).get_event
        self.scalars = loader("")
        self.left = MOST
        # The same words stand in every entry: each is looked at, and kept, once.
        self.plain: dict[str, Any] = {}
        self.quoted: dict[str, str] = {}
        self.keys: dict[str, str] = {}

    def documents(self) -> list[Any]:
        found = []
        self.event()
        while (start := self.event()).__class__ is not self.yaml.StreamEndEvent:
            if start.tags:
                raise UnusualError
            found.append(self._value(self.event(), 0))
            self.event()
        return found

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        self.left -= 1
        if kind is self.yaml.AliasEvent or event.anchor or event.tag or depth > DEEPEST or self.left < 0:
            raise UnusualError
        if kind is self.yaml.ScalarEvent:
            return self._scalar(event)
        if kind is self.yaml.MappingStartEvent:
            return self._mapping(depth + 1)
        end = self.yaml.SequenceEndEvent
        found = []
        while (event := self.event()).__class__ is not end:
            found.append(self._value(event, depth + 1))
        return found

    def _mapping(self, depth: int) -> dict[str, Any]:
        scalar, end = self.yaml.ScalarEvent, self.yaml.MappingEndEvent
        found: dict[str, Any] = {}
        while (kind := type(event := self.event())) is not end:
            if kind is not scalar or event.anchor or event.tag:
                raise UnusualError
            key = self.keys.get(event.value) if event.implicit[0] else self._scalar(event)
            if key is None:
                key = self.keys[event.value] = self._key(event)
            if key in found:
                raise UnusualError
            found[key] = self._value(self.event(), depth)
        return found

    def _key(self, event: Any) -> str:
        if event.value == "<<":
            raise UnusualError
        return key_text(self._scalar(event), "")

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        known = self.plain if event.implicit[0] else self.quoted
        if text not in known:
            value = self._meant(text) if event.implicit[0] else text
            if problem(value):
                raise UnusualError
            known[text] = value
        return known[text]

    def _meant(self, text: str) -> Any:
        """A plain scalar as YAML takes it: a number, a truth value, nothing, or text."""
        tag = self.scalars.resolve(self.yaml.ScalarNode, text, (True, False))
        return self.scalars.construct_object(self.yaml.ScalarNode(tag, text))
