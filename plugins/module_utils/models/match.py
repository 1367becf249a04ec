# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests a rule takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from .codecs import MapOf, Report, Text
from .decode import Nested, Short, optional
from .filters import METHODS, PATH_CHARS
from .text import HEADER_NAME, HEADER_VALUE, QUERY_NAME, QUERY_VALUE

PATH = Text("a path", "", 1024, "/v1/chat/completions")


@dataclass(frozen=True, kw_only=True)
class PathMatch:
    prefix: str | None = optional(PATH)
    exact: str | None = optional(PATH)
    regex: str | None = optional(Text("a regular expression", "", 1024, "/v1/.*"))

    HINTS: ClassVar[dict[str, str]] = {
        "type": "Write {prefix: /v1}, {exact: /v1} or {regex: /v1/.*}.",
        "value": "Write {prefix: /v1}, {exact: /v1} or {regex: /v1/.*}.",
    }

    def check(self, where: str, report: Report) -> None:
        given = [name for name in ("prefix", "exact", "regex") if getattr(self, name) is not None]
        if len(given) != 1:
            report.add(where, "exactly one of prefix, exact or regex is wanted.", "Write for example {prefix: /v1}.")
        value = self.prefix if self.prefix is not None else self.exact
        problem = path_problem(value) if value is not None else ""
        if problem:
            report.add(where, f"path {value!r:.80} {problem}.", "Write for example /v1/chat/completions.")


def path_problem(path: str) -> str:
    """What the API would refuse about an exact path or a prefix."""
    if not path.startswith("/"):
        return "does not start with '/'"
    if path != path.rstrip():
        return "ends with a blank, which is to be removed"
    for part in ("//", "/./", "/../", "%2f", "%2F", "#"):
        if part in path:
            return f"holds {part!r}, which no request path has after it is normalised"
    if path.endswith(("/..", "/.")):
        return "ends with a dot segment, which no request path has after it is normalised"
    return "" if re.fullmatch(PATH_CHARS, path) else "holds characters that a path must write as %XX"


@dataclass(frozen=True, kw_only=True)
class HeaderMatch:
    exact: str | None = optional(HEADER_VALUE)
    regex: str | None = optional(HEADER_VALUE)

    HINTS: ClassVar[dict[str, str]] = {"value": "Write the value itself, or {regex: EXPRESSION}.", "type": "Write the value itself, or {regex: EXPRESSION}."}

    def check(self, where: str, report: Report) -> None:
        _one_of_two(self.exact, self.regex, where, report)


@dataclass(frozen=True, kw_only=True)
class QueryMatch:
    exact: str | None = optional(QUERY_VALUE)
    regex: str | None = optional(QUERY_VALUE)

    HINTS = HeaderMatch.HINTS

    def check(self, where: str, report: Report) -> None:
        _one_of_two(self.exact, self.regex, where, report)


def _one_of_two(exact: str | None, regex: str | None, where: str, report: Report) -> None:
    if (exact is None) == (regex is None):
        report.add(where, "exactly one of exact or regex is wanted.", 'Write the value itself for exact, or {regex: "gemma.*"}.')


@dataclass(frozen=True, kw_only=True)
class Match:
    """Everything given must be true of a request at once."""

    path: PathMatch | None = optional(Short(PathMatch, "prefix"))
    headers: dict[str, HeaderMatch] | None = optional(MapOf(HEADER_NAME, Short(HeaderMatch, "exact"), most=16, fold=True))
    query: dict[str, QueryMatch] | None = optional(MapOf(QUERY_NAME, Short(QueryMatch, "exact"), most=16))
    method: str | None = optional(Text("a method", choices=METHODS, example="POST"))

    HINTS: ClassVar[dict[str, str]] = {"queryParams": "Write query.", "query_params": "Write query."}


MATCH = Nested(Match)
