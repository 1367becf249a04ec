# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists: size, offset, tags and the address of the next page (kong/api/endpoints.lua, kong/db/dao/{init,targets,tags}.lua)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import errors
from .fields import valid_tag
from .state import Row, Table, encode

if TYPE_CHECKING:
    from .api import Request

DEFAULT, MAXIMUM, MAX_TAGS = 100, 1000, 5
SIGNS = r"[ -+\-.0-~\u0080-\U0010ffff]+"


def _number(query: dict[str, str]) -> float:
    try:
        return float(query.get("size", DEFAULT))
    except ValueError:
        raise errors.KongError(9, "size must be a number") from None


def size_of(query: dict[str, str]) -> int:
    size = _number(query)
    if size != int(size) or not 1 <= size <= MAXIMUM:
        raise errors.KongError(9, f"size must be an integer between 1 and {MAXIMUM}")
    return int(size)


def tags_of(query: dict[str, str]) -> tuple[list[str], str]:
    """The tags to look for, and whether all of them (and) or one of them (or) must be there."""
    if "tags" not in query:
        return [], ""
    asked = query["tags"]
    if not asked:
        raise errors.invalid_options({"tags": "cannot be null"})
    for sign, condition in ((",", "and"), ("/", "or")):
        if re.fullmatch(f"({SIGNS}({sign}|$))+", asked):
            tags = [tag for tag in asked.split(sign) if tag]
            if len(tags) > MAX_TAGS:
                raise errors.invalid_options({"tags": f"cannot query more than {MAX_TAGS} tags"})
            return tags, condition
    raise errors.invalid_options({"tags": "invalid filter syntax"})


def token(*parts: Any) -> str:
    return base64.b64encode(encode(list(parts))).decode().rstrip("=")


def start_of(query: dict[str, str]) -> list[Any]:
    offset = query.get("offset")
    if offset is None:
        return [""]
    try:
        text = base64.b64decode(offset + "=" * (-len(offset) % 4), validate=True)
    except binascii.Error:
        raise errors.invalid_offset(offset, "bad base64 encoding") from None
    try:
        return list(json.loads(text)) if text[:1] == b"[" else [""]
    except ValueError:
        raise errors.invalid_offset(offset, "bad json encoding") from None


def answer(items: list[bytes], offset: str | None, following: str) -> bytes:
    """Without a next page there is no offset, and next is null."""
    tail = b',"next":null}' if offset is None else b',"offset":' + encode(offset) + b',"next":' + encode(following + quote(offset, safe="")) + b"}"
    return b'{"data":[' + b",".join(items) + b"]" + tail


def _tagged(rows: Iterable[Row], tags: list[str], condition: str) -> Iterable[Row]:
    wanted = frozenset(tags)
    if condition == "and":
        return (row for row in rows if wanted <= row.tags)
    return (row for row in rows if wanted & row.tags)


def page(request: Request, table: Table, where: str, field: str = "", parent: str = "") -> bytes:
    """A page in the order of ids. Only a top-level list looks at tags, and only its next page keeps tags and size."""
    query = request.query
    size = size_of(query)
    tags, condition = ([], "") if field else tags_of(query)
    rows: Iterable[Row] = table.after(str(start_of(query)[0]), field, parent)
    if tags and not request.dbless:
        rows = _tagged(rows, tags, condition)
    found = list(islice(rows, size + 1))
    offset = token(found[size - 1].entity["id"]) if len(found) > size else None
    shown: Iterable[Row] = found[:size]
    if tags and request.dbless:
        # Without a database the page is cut first and looked through then: it may be empty and yet have a next one.
        shown = _tagged(shown, tags, condition)
    body = answer([row.json() for row in shown], offset, f"/{where}?offset=")
    if offset is None or field:
        return body
    kept = (f"&tags={quote(query['tags'], safe='')}" if "tags" in query else "") + (f"&size={query['size']}" if "size" in query else "")
    return body[:-2] + kept.encode() + b'"}'


def page_of_targets(request: Request, table: Table, parent: str) -> bytes:
    """Targets come newest first, their offset is a plain number, and a size beyond the largest is cut down to it without a word."""
    size = int(min(_number(request.query), MAXIMUM))
    rows = sorted(table.after("", "upstream", parent), key=lambda row: (row.entity["created_at"], row.entity["id"]), reverse=True)
    start = int(request.query.get("offset") or 0)
    offset = str(start + size) if len(rows) > start + size else None
    return answer([row.json() for row in rows[start : start + size]], offset, f"/upstreams/{request.parts[1]}/targets?offset=")


def _all_tags(request: Request) -> list[tuple[str, int, str, str]]:
    return sorted(
        (row.entity["id"], place, name, tag)
        for name, table in request.space.tables.items()
        for row in table.after("")
        for place, tag in enumerate(row.entity.get("tags") or (), 1)
    )


def page_of_tags(request: Request) -> bytes:
    size, start = size_of(request.query), tuple(start_of(request.query))
    found = [each for each in _all_tags(request) if each[:2] > start]
    offset = token(*found[size - 1][:2]) if len(found) > size else None
    items = [encode({"entity_name": name, "entity_id": key, "tag": tag}) for key, _place, name, tag in found[:size]]
    return answer(items, offset, "/tags?offset=")


def page_by_tag(request: Request, tag: str) -> bytes:
    wrong = valid_tag(tag)
    if wrong:
        raise errors.invalid_unique("tag", wrong)
    size, start = size_of(request.query), start_of(request.query)[0]
    found = [each for each in _all_tags(request) if each[3] == tag and each[0] > start]
    offset = token(found[size - 1][0]) if len(found) > size else None
    items = [encode({"entity_name": name, "entity_id": key, "tag": tag}) for key, _place, name, _tag in found[:size]]
    return answer(items, offset, f"/tags/{quote(tag, safe='')}?offset=")
