# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The portable route: what a user declares once for every gateway."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from ..engine.objects import GroupKind
from .access import Access
from .codecs import Flag, ListOf, Report, Text, Whole
from .decode import Nested, Short, optional, required, several
from .filters import Filters
from .limits import Limits
from .match import MATCH, Match
from .refs import GATEWAY, SERVICE, Target
from .text import (
    ANNOTATIONS,
    DURATION,
    GROUP,
    HOSTNAME,
    KIND,
    LABELS,
    NAME,
    NAMESPACE,
    PLAIN_HOSTNAME,
    PORT,
    SECTION,
)

MILLISECONDS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
RETRY_WORDS = ("5xx", "gateway-error", "connect-failure", "reset", "timeout")
RETRY_ON = Text(
    f"a status from 400 to 599 or one of {', '.join(RETRY_WORDS)}",
    "[45][0-9][0-9]|" + "|".join(RETRY_WORDS),
    example="[429, 5xx, connect-failure]",
)


RESET_ANNOTATION = "inference.gateway/retry-on-reset"
"""Annotation of an HTTPRoute that names the rules, by number, whose requests are tried again when their connection is cut: its own fields cannot say it."""
PRIORITY_ANNOTATION = "inference.gateway/priorities"
"""Annotation of an HTTPRoute with the priorities of the backends of each rule that has a failover, as JSON."""

TIMEOUTS_ANNOTATION = "inference.gateway/timeouts"
"""Annotation of an HTTPRoute that says the timeouts of its rules, by number, as JSON: for gateways that keep them elsewhere."""


def milliseconds(duration: str) -> int:
    """The length of a Gateway API duration: ``1m30s`` is 90000."""
    return sum(int(number) * MILLISECONDS[unit] for number, unit in re.findall(r"([0-9]+)(h|ms|m|s)", duration))


@dataclass(frozen=True, kw_only=True)
class Parent:
    """What a route hangs on: a Gateway, one of its listeners, or a Service of a mesh."""

    name: str = required(NAME)
    namespace: str | None = optional(NAMESPACE)
    listener: str | None = optional(SECTION)
    port: int | None = optional(PORT)
    kind: str | None = optional(KIND)
    group: str | None = optional(GROUP)

    HINTS: ClassVar[dict[str, str]] = {"gateway": "Write name.", "sectionName": "Write listener.", "section": "Write listener."}

    @cached_property
    def target(self) -> GroupKind:
        """Services are of the core group; the API would take them for its own group's where none is said."""
        core = "" if self.kind == SERVICE.kind else GATEWAY.group
        return GroupKind(core if self.group is None else self.group, self.kind or GATEWAY.kind)


@dataclass(frozen=True, kw_only=True)
class Backend(Target, Filters):
    """One place where a rule sends requests, and its share of them. ``host`` is one that no Service stands for."""

    host: str | None = optional(PLAIN_HOSTNAME)
    provider: str | None = optional(Text("the name of a model provider", r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", 63, "openai"))
    model: str | None = optional(Text("the name of a model", longest=256, example='"gemma:2b"'))
    secret: str | None = optional(NAME)
    weight: int | None = optional(Whole(0, 1_000_000, "a weight"))
    priority: int | None = optional(Whole(0, 100, "a priority"))

    HINTS: ClassVar[dict[str, str]] = {**Filters.HINTS, **Target.HINTS}

    def check(self, where: str, report: Report) -> None:
        host = ("host",) if self.host is not None else ()
        if self.provider is None:
            self.check_target(where, report, host)
            if self.secret is not None:
                report.add(f"{where}.secret", "belongs to a provider.", "Say which with provider:, or take secret away.")
        elif self.kinds() or host:
            report.add(where, f"has provider and {' and '.join([*self.kinds(), *host])}.", "Keep one; make the other a backend of its own.")
        if host and self.port is None:
            report.add(where, f"port is missing: host {self.host} needs it.", "Write port: followed by the port that it listens on.")
        self.check_filters(where, report)


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    request: str | None = optional(DURATION)
    backend: str | None = optional(DURATION)

    HINTS: ClassVar[dict[str, str]] = {"backendRequest": "Write backend.", "backend_request": "Write backend."}

    def check(self, where: str, report: Report) -> None:
        request = milliseconds(self.request) if self.request else 0
        if request and self.backend and milliseconds(self.backend) > request:
            report.add(f"{where}.backend", f"{self.backend} is longer than request, {self.request}.", "Let one try end before the whole request does.")


@dataclass(frozen=True, kw_only=True)
class Retries:
    attempts: int = required(Whole(1, 100, "a number of further tries"))
    on: tuple[str, ...] = several(ListOf(RETRY_ON, 64, unique=True))
    backoff: str | None = optional(DURATION)

    HINTS: ClassVar[dict[str, str]] = {"codes": "Write on: with the same list.", "count": "Write attempts."}


@dataclass(frozen=True, kw_only=True)
class Session:
    """Requests of one client stay with one backend. Experimental channel."""

    name: str | None = optional(Text("the name of the cookie or header", longest=128, example="model-session"))
    type: str | None = optional(Text("a kind of session", choices=("Cookie", "Header")))
    absolute_timeout: str | None = optional(DURATION)
    cookie_lifetime: str | None = optional(Text("a lifetime", choices=("Session", "Permanent")))

    def check(self, where: str, report: Report) -> None:
        if self.type == "Header" and self.cookie_lifetime:
            report.add(f"{where}.cookie_lifetime", "belongs to type Cookie.", "Take it away.")
        if self.cookie_lifetime == "Permanent" and not self.absolute_timeout:
            report.add(f"{where}.absolute_timeout", "is missing: a permanent cookie needs an end.", "Write for example absolute_timeout: 8h.")


@dataclass(frozen=True, kw_only=True)
class Rule(Match, Filters):
    """Requests that match, and where they go. The fields of a match may stand in the rule itself when there is one."""

    name: str | None = optional(SECTION)
    matches: tuple[Match, ...] = several(ListOf(MATCH, 64, relief="Split the rule in two with the same backends."))
    backends: tuple[Backend, ...] = several(ListOf(Nested(Backend), 16))
    timeouts: Timeouts | None = optional(Nested(Timeouts))
    retries: Retries | None = optional(Nested(Retries))
    session_persistence: Session | None = optional(Nested(Session))

    HINTS: ClassVar[dict[str, str]] = {**Match.HINTS, **Filters.HINTS, "backendRefs": "Write backends.", "retry": "Write retries.", "match": "Write matches."}

    @cached_property
    def alternatives(self) -> tuple[Match, ...]:
        """The matches, any of which is enough; empty means every request."""
        if self.matches:
            return self.matches
        if self.path is None and self.headers is None and self.query is None and self.method is None:
            return ()
        return (Match(path=self.path, headers=self.headers, query=self.query, method=self.method),)

    def check(self, where: str, report: Report) -> None:
        self.check_filters(where, report)
        beside = [name for name in ("path", "headers", "query", "method") if getattr(self, name)]
        if self.matches and beside:
            report.add(where, f"has matches and {', '.join(beside)}.", "Put them into each item of matches, or take matches away.")
        if self.redirect is not None and self.backends:
            report.add(where, "has redirect and backends; a redirected request reaches no backend.", "Keep one.")
        if not (self.backends or self.redirect or self.extensions):
            report.add(where, "says not who answers: every request would fail.", "Give backends or redirect.")
        if self.backends and all(backend.weight == 0 for backend in self.backends):
            report.add(f"{where}.backends", "all weights are 0: every request would fail.", "Give at least one backend a weight above 0.")
        self._check_prefix(where, report)

    def _check_prefix(self, where: str, report: Report) -> None:
        """A prefix can only be replaced where it is certain which prefix matched."""
        matches = self.alternatives or (Match(),)
        # A match without a path takes every path, which is the prefix "/".
        if len(matches) == 1 and (matches[0].path is None or matches[0].path.prefix is not None):
            return
        places = [(where, self), *((f"{where}.backends[{index}]", backend) for index, backend in enumerate(self.backends))]
        for place, filters in places:
            for name in filters.replaces_prefix():
                problem = "needs a rule with exactly one match, and that by prefix."
                report.add(f"{place}.{name}.path.prefix", problem, "Split the rule, or write path: {full: ...}.")


@dataclass(frozen=True, kw_only=True)
class Route:
    name: str = required(NAME)
    namespace: str | None = optional(NAMESPACE)
    labels: dict[str, str] | None = optional(LABELS)
    annotations: dict[str, str] | None = optional(ANNOTATIONS)
    hostnames: tuple[str, ...] = several(ListOf(HOSTNAME, 16, unique=True))
    parents: tuple[Parent, ...] = several(ListOf(Short(Parent, "name"), 32))
    default_gateways: str | None = optional(Text("a scope", choices=("All", "None")))
    rules: tuple[Rule, ...] = required(ListOf(Nested(Rule), 16, least=1, relief="Split the route in two with the same hostnames and parents."))
    grants: bool | None = optional(Flag())
    access: Access | None = optional(Nested(Access))
    limits: Limits | None = optional(Nested(Limits))

    HINTS: ClassVar[dict[str, str]] = {
        "parentRefs": "Write parents.",
        "host": "Write hostnames: with a list.",
        "gateway": "Write parents: [NAME].",
        "groups": "Write access: {groups: [...]}.",
    }

    def check(self, where: str, report: Report) -> None:
        total = sum(len(rule.alternatives) or 1 for rule in self.rules)
        if total > 128:
            report.add(f"{where}.rules", f"have {total} matches in all; the API allows 128.", "Split the route in two with the same hostnames and parents.")
        names: dict[str, int] = {}
        for index, rule in enumerate(self.rules):
            first = names.setdefault(rule.name, index) if rule.name else index
            if first != index:
                report.add(f"{where}.rules[{index}].name", f"{rule.name} is the name of rules[{first}] already.", "Rename one.")
        self._check_parents(where, report)

    def _check_parents(self, where: str, report: Report) -> None:
        """Two references to one parent must each say which listener or port they mean."""
        seen: dict[tuple[GroupKind, str | None, str], list[tuple[int, Parent]]] = {}
        for index, parent in enumerate(self.parents):
            same = seen.setdefault((parent.target, parent.namespace, parent.name), [])
            for first, other in same:
                alike = (parent.listener is None, parent.port is None) == (other.listener is None, other.port is None)
                if not alike or (parent.listener, parent.port) == (other.listener, other.port):
                    problem = f"means the same parent as parents[{first}], {parent.name}."
                    report.add(f"{where}.parents[{index}]", problem, "Keep one, or give each another listener (or each another port).")
            same.append((index, parent))
