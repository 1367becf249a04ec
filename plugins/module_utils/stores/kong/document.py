# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of a Kong without a database as one document: read as Kong writes it, and what nodes hold in common. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from ...engine.errors import RefusedError
from ...models.kong import ENTITIES, MADE, secret_setting
from . import marks

Document = dict[str, Any]
FORMAT = {"_format_version": "3.0", "_transform": False}
"""As Kong exports it itself: rows as they are stored, passwords hashed already."""
_SCALARS = (
    ("null", r"~|null|", "~n"),
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?([0-9]*\.[0-9]+|[0-9]+\.?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", "-+.0123456789"),
)


@cache
def _loader() -> Any:
    """Kong's writer puts text in quotes where its own reader would take it for something else. Dates and ``1e+15`` are no such thing to it: what YAML 1.1 makes
    of them would be sent back as another value.
    """
    import re

    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - so it is in the library

    for name, pattern, first in _SCALARS:
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(rf"(?:{pattern})\Z"), [*first, ""] if name == "null" else list(first))
    return Loader


def parsed(text: str, host: str) -> Document:
    import yaml

    try:
        found = yaml.load(text, Loader=_loader())  # noqa: S506 - a safe one
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        place = f" (line {where.line + 1})" if where else ""
        raise RefusedError(f"The configuration of {host} cannot be read as YAML{place}, so nothing can be added to it; nothing was written.") from error
    if found is None:
        return dict(FORMAT)
    if not isinstance(found, dict) or not all(isinstance(row, dict) for row in rows(found)):
        raise RefusedError(f"The configuration of {host} is no mapping of lists of entities, so nothing can be added to it; nothing was written.")
    return found


def rows(document: Document) -> Iterator[Any]:
    for part in document.values():
        if isinstance(part, list):
            yield from part


def lasting(document: Document, now: float) -> Document:
    """With times to live as Kong takes them in a document, which is until when (Unix seconds); it gives out what is left of them."""
    for row in rows(document):
        if isinstance(row.get("ttl"), (int, float)):
            row["ttl"] = int(now + row["ttl"])
    return document


def driven(documents: Sequence[Document]) -> bool:
    """Whether the ingress controller writes any of them."""
    return any(marks.DRIVEN in (row.get("tags") or ()) for document in documents for row in rows(document))


def bare(document: Document) -> dict[str, Any]:
    """What two nodes have to have in common: not the times at which each took it."""
    return {kind: sorted(_told(row, ()) for row in part) for kind, part in document.items() if isinstance(part, list) and part}


def leading(documents: Sequence[Document], hosts: Sequence[str], owner: str) -> int:
    """The node whose configuration the others get: the first that has any, since a node that was started anew has none.

    Raises :class:`RefusedError` where two of them hold different things of others: whichever were sent to both, something would be lost.
    """
    held = [number for number, document in enumerate(documents) if bare(document)]
    first = held[0] if held else 0
    for number in held[1:]:
        one, other = _of_others(documents[first], owner), _of_others(documents[number], owner)
        if one != other:
            kind, name = min((one - other) + (other - one))[:2]
            raise RefusedError(
                f"{hosts[first]} and {hosts[number]} hold different entities that are not ours, such as {kind} {name}: whichever configuration were sent to "
                "both, one of them would lose something. Nothing was written. Send both the same one first, or give the nodes of one gateway alone."
            )
    return first


def _of_others(document: Document, owner: str) -> Counter[tuple[str, str, str]]:
    """Everything but ours. Ids are left out, and the secret beside a public key: a node makes them up where its file says none."""
    ids = {str(row.get("id")) for row in rows(document)}
    found: Counter[tuple[str, str, str]] = Counter()
    for kind, part in document.items():
        for row in part if isinstance(part, list) else ():
            if marks.read(row.get("tags"))[0].owner != owner:
                name = next((str(row[each]) for each in ("name", "username", "target", "group", "prefix") if row.get(each)), "without a name")
                found[(kind, name, _told(row, ids))] += 1
    return found


def _told(row: Mapping[str, Any], ids: Any) -> str:
    left_out = (*MADE, *(["secret"] if row.get("rsa_public_key") else [])) if ids else tuple(name for name in MADE if name != "id")
    said = {name: "" if isinstance(value, str) and value in ids else value for name, value in row.items() if name not in left_out and value is not None}
    return json.dumps(said, sort_keys=True)


def secrets(value: Any) -> Iterator[str]:
    """Texts that no message may show."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if isinstance(part, (str, int)) and not isinstance(part, bool) and (name == "key" or secret_setting(str(name))):
                yield str(part)
            else:
                yield from secrets(part)
    elif isinstance(value, list):
        for part in value:
            yield from secrets(part)


def cascade(document: Document, kind: str, row_id: str | None) -> None:
    """What hung on a row that goes."""
    for child, entity in ENTITIES.items():
        for part, parent in entity.parents.items():
            if parent == kind and row_id and child in document:
                document[child] = [row for row in document[child] if row.get(part) != row_id]


def opened(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """References as the Admin API gives them; in a document they are bare ids."""
    parents = ENTITIES[kind].parents
    return {name: {"id": value} if name in parents and isinstance(value, str) else value for name, value in row.items()}


def closed(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    parents = ENTITIES[kind].parents
    return {name: value["id"] if name in parents and isinstance(value, Mapping) else value for name, value in row.items() if value is not None}


def why(body: Mapping[str, Any], text: str) -> str:
    """Kong's errors by entity, without the entities themselves, since these hold keys."""
    found = body.get("flattened_errors")
    if not isinstance(found, list) or not found:
        return text
    parts = []
    for each in found:
        whys = "; ".join(f"{issue.get('field') or 'entity'}: {issue.get('message')}" for issue in each.get("errors") or ())
        parts.append(f"{each.get('entity_type')} {each.get('entity_name') or each.get('entity_id') or ''}: {whys}")
    return " | ".join(parts)
