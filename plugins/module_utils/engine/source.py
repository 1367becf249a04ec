# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations from files: the module reads them itself, since templating a long list costs Ansible many times what the whole run costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from . import events
from .errors import InputError, Issue
from .values import plain

_SUFFIXES = (".yaml", ".yml", ".json")
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


@cache
def _loader() -> Any:
    """A safe loader that refuses a key which stands twice: YAML would keep the last and lose the first without a word.

    Made on first use: a module has to load where only the Kubernetes client, which brings yaml, is missing, and say so.
    """
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            seen = set()
            for key_node, _value in node.value:
                if key_node.tag == "tag:yaml.org,2002:merge":
                    continue
                key = self.construct_object(key_node, deep=True)
                if isinstance(key, (str, int, float, bool)) and key in seen:
                    raise yaml.constructor.ConstructorError(None, None, f'the key "{key}" stands twice', key_node.start_mark)
                seen.add(key if isinstance(key, (str, int, float, bool)) else id(key))
            mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
            return mapping

    # Dates stay text, as in kubectl: JSON has no dates.
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP] for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    return Loader


def manifests(source: str) -> tuple[list[Any], list[str]]:
    """All documents of a file or folder, lists (kind List) taken apart, each with the place it came from."""
    return _collect(source, _items)


def entries(source: str, option: str) -> tuple[list[Any], list[str]]:
    """The inventory entries of a file or folder: each document is a list, or a mapping that holds the list under ``option``."""

    def listed(document: Any, where: str) -> Iterator[tuple[Any, str]]:
        found = document.get(option) if isinstance(document, Mapping) else document
        if not isinstance(found, list):
            raise InputError([Issue(where, f"expected a list of {option}.", f"Write a list, or a mapping with the key {option}.")])
        for index, entry in enumerate(found):
            yield entry, f"{where} {option}[{index}]"

    return _collect(source, listed)


def _items(document: Any, where: str) -> Iterator[tuple[Any, str]]:
    if isinstance(document, list):
        for index, each in enumerate(document):
            yield from _items(each, f"{where}[{index}]")
    elif isinstance(document, Mapping) and document.get("kind") == "List" and isinstance(document.get("items"), list):
        for index, each in enumerate(document["items"]):
            yield from _items(each, f"{where} items[{index}]")
    else:
        yield document, where


def _collect(source: str, split: Callable[[Any, str], Iterator[tuple[Any, str]]]) -> tuple[list[Any], list[str]]:
    found: list[Any] = []
    places: list[str] = []
    for file in _files(Path(source)):
        for document, where in _documents(file):
            for item, place in split(document, where):
                found.append(item)
                places.append(place)
    return found, places


def _files(source: Path) -> list[Path]:
    if not source.exists():
        remedy = "Give a file, or a folder of .yaml, .yml or .json files."
        raise InputError([Issue(f"src {source}", "does not exist on the host where the module runs.", remedy)])
    if source.is_file():
        return [source]
    files = sorted(file for file in source.rglob("*") if file.suffix in _SUFFIXES and file.is_file())
    if not files:
        raise InputError([Issue(f"src {source}", f"holds no file that ends in {', '.join(_SUFFIXES)}.", "Is it the right folder?")])
    return files


def _of_json(content: bytes) -> list[Any] | None:
    """JSON is not quite YAML, which refuses an emoji as two escapes and takes 1e3 for text. None where YAML's way has to look, and to say what is wrong."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a key stands twice")
        return found

    try:
        return [json.loads(content, object_pairs_hook=once)]
    except (ValueError, RecursionError):
        return None


def _documents(file: Path) -> Iterator[tuple[Any, str]]:
    import yaml

    try:
        with file.open("rb") as stream:
            found, usual = _of_json(stream.read()) if file.suffix == ".json" else None, False
            if found is None:
                stream.seek(0)
                found = events.documents(stream, _loader())
                usual = found is not None
            if found is None:
                stream.seek(0)
                found = list(yaml.load_all(stream, Loader=_loader()))
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError, RecursionError) as error:
        raise InputError([Issue(f"src {file}", f"cannot be read as YAML: {error}")]) from error
    for index, document in enumerate(found):
        if document is not None:
            where = f"{file}" + (f" (document {index + 1})" if len(found) > 1 else "")
            yield document if usual else plain(document, where), where
