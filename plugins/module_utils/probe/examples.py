# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Examples of what a match takes: paths that a model server knows where there are any, values for regular expressions. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..models.match import Match, PathMatch
from ..models.route import Rule
from .precedence import Pairs, path_fits

OTHER = "-other"
CHAT = "/v1/chat/completions"
KNOWN = (CHAT, "/v1/completions", "/v1/models", "/v1/embeddings")
"""What model servers answer to, the one that tells most first."""
ENDINGS = ("/chat/completions", "/completions", "/embeddings")
ANY_MODEL = "any"
_REPEATED = re.compile(r"\.[*+]\??|\.\{\d+(,\d*)?\}|\[[^\]]*\][*+]?\??|\\[wdS][*+]?\??")


@dataclass(frozen=True)
class Ask:
    """What a request asks of a model server. ``sure``: the server has to answer it with 200."""

    method: str = "GET"
    path: str = ""
    model: str = ""
    sure: bool = False

    @classmethod
    def of(cls, path: str, rule: Rule, match: Match | None, headers: Pairs, served: Sequence[Sequence[str]]) -> Ask:
        """``served`` are the models of each backend. What is asked is what the backend gets to see, after the rule's rewrites."""
        arrives = rewritten(path, rule, match)
        lists = arrives.endswith("/models")
        method = (match.method if match else None) or ("GET" if lists else "POST")
        model = "" if method != "POST" else model_for(headers, served)
        known = arrives in KNOWN and (lists or bool(model and any(served)))
        return cls(method, arrives, model or ANY_MODEL, known and method == ("GET" if lists else "POST") and not arrives.endswith("/embeddings"))


def model_for(headers: Pairs, served: Sequence[Sequence[str]]) -> str:
    """A model that all backends serve, preferably the one that a header names; else that header's, else one that some backend serves."""
    named = [value for name, value in headers if "model" in name.lower()]
    lists = [each for each in served if each]
    common = [model for model in lists[0] if all(model in each for each in lists)] if lists else []
    for model in (*(name for name in named if name in common), *common, *named, *(model for each in lists for model in each)):
        return model
    return ""


def rewritten(path: str, rule: Rule, match: Match | None) -> str:
    """The path that reaches the backend."""
    change = rule.rewrite.path if rule.rewrite else None
    if change is None:
        return path
    if change.full is not None:
        return change.full
    return replaced_prefix(path, match.path.prefix if match and match.path else "/", change.prefix or "/")


def replaced_prefix(path: str, prefix: str | None, new: str) -> str:
    """The matched prefix gives way to another; slashes at their ends count for nothing."""
    rest = path[len((prefix or "/").rstrip("/")) :]
    return (new.rstrip("/") + rest) or "/"


def paths_for(match: Match | None, rule: Rule) -> Iterator[str]:
    """Paths that a match takes, those first that a model server answers."""
    path = match.path if match and match.path else PathMatch(prefix="/")
    if path.exact is not None:
        yield path.exact
        return
    if path.regex is not None:
        yield from (each for each in KNOWN if path_fits(path, each))
        yield from (each for each in examples(path.regex) if each.startswith("/") and path_fits(path, each))
        return
    base = (path.prefix or "/").rstrip("/")
    change = rule.rewrite.path if rule.rewrite else None
    if change is not None and change.prefix is not None:
        new = change.prefix.rstrip("/")
        yield from (base + known[len(new) :] for known in KNOWN if known.startswith(new + "/") or not new)
    yield from (known for known in KNOWN if path_fits(path, known))
    if base.endswith(ENDINGS):
        yield base
    yield from (base + known for known in KNOWN)
    yield base or "/"
    yield f"{base}/verify"


def headers_for(match: Match | None) -> Pairs | None:
    """None where there is no example of an expression."""
    return _values({name: (want.exact, want.regex) for name, want in (match.headers or {}).items()} if match else {})


def query_for(match: Match | None) -> Pairs | None:
    return _values({name: (want.exact, want.regex) for name, want in (match.query or {}).items()} if match else {})


def _values(wanted: dict[str, tuple[str | None, str | None]]) -> Pairs | None:
    found: list[tuple[str, str]] = []
    for name, (exact, regex) in wanted.items():
        value = exact if exact is not None else next((each for each in examples(regex or "") if each and re.fullmatch(regex or "", each)), None)
        if value is None:
            return None
        found.append((name, value))
    return tuple(found)


def examples(regex: str) -> Iterator[str]:
    """Texts that an expression may match: its plain parts, and simple things in place of the others. Whoever asks has to check."""
    bare = re.sub(r"^\^|\$$", "", regex)
    for choice in _choices(bare):
        for filling in ("", "x", "1", "/x", "a1"):
            text = _REPEATED.sub(lambda _found, filling=filling: filling, choice)  # type: ignore[misc]
            text = re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)[()?^$]|\(\?:", "", text))
            try:
                if re.fullmatch(regex, text):
                    yield text
            except re.error:
                return


def _choices(regex: str) -> Iterator[str]:
    """One text for each alternative of the first group, or of the whole."""
    group = re.search(r"\((?:\?:)?([^()]*\|[^()]*)\)", regex)
    if group:
        for part in group[1].split("|"):
            yield regex[: group.start()] + part + regex[group.end() :]
    elif "|" in regex and "(" not in regex:
        yield from regex.split("|")
    else:
        yield regex
