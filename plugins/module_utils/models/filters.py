# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule or a backend does to requests and answers on their way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from .codecs import Flag, ListOf, MapOf, Report, Text, Whole
from .decode import Nested, optional, required, several
from .refs import Resource, Target
from .text import HEADER_NAME, HEADER_VALUE, PLAIN_HOSTNAME, PORT

HEADERS = MapOf(HEADER_NAME, HEADER_VALUE, most=16, fold=True)
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
ORIGIN = r"\*|https?://((\*\.)?([a-zA-Z0-9\-]+\.)*[a-zA-Z0-9-]+|\*)(:[0-9]{1,5})?"
PATH_CHARS = r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+"
MANY = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class HeaderChange:
    set: dict[str, str] | None = optional(HEADERS)
    add: dict[str, str] | None = optional(HEADERS)
    remove: tuple[str, ...] = several(ListOf(HEADER_NAME, 16, unique=True))

    def check(self, where: str, report: Report) -> None:
        if not (self.set or self.add or self.remove):
            report.add(where, "changes nothing.", "Give set, add or remove, or leave it out.")


@dataclass(frozen=True, kw_only=True)
class PathChange:
    """A new path: in place of the prefix that matched, or in place of the whole."""

    prefix: str | None = optional(Text("the path that takes the place of the matched prefix", PATH_CHARS, 1024, "/v1"))
    full: str | None = optional(Text("a path", PATH_CHARS, 1024, "/v1/chat/completions"))

    def check(self, where: str, report: Report) -> None:
        if (self.prefix is None) == (self.full is None):
            report.add(where, "exactly one of prefix or full is wanted.", "Write {prefix: /v1} to replace what matched, {full: /v1} to replace all of it.")


@dataclass(frozen=True, kw_only=True)
class Rewrite:
    hostname: str | None = optional(PLAIN_HOSTNAME)
    path: PathChange | None = optional(Nested(PathChange))

    HINTS: ClassVar[dict[str, str]] = {"prefix": "Write path: {prefix: /v1}.", "full": "Write path: {full: /v1}."}

    def check(self, where: str, report: Report) -> None:
        if self.hostname is None and self.path is None:
            report.add(where, "rewrites nothing.", "Give hostname or path, or leave it out.")


@dataclass(frozen=True, kw_only=True)
class Redirect:
    scheme: str | None = optional(Text("a scheme", choices=("http", "https")))
    hostname: str | None = optional(PLAIN_HOSTNAME)
    path: PathChange | None = optional(Nested(PathChange))
    port: int | None = optional(PORT)
    status: int | None = optional(Whole(300, 399, "a redirect's status", (301, 302, 303, 307, 308)))

    HINTS: ClassVar[dict[str, str]] = {"code": "Write status.", "statusCode": "Write status."}

    def check(self, where: str, report: Report) -> None:
        if self.scheme is None and self.hostname is None and self.path is None and self.port is None:
            report.add(where, "redirects to the same address.", "Give scheme, hostname, path or port.")


@dataclass(frozen=True, kw_only=True)
class Fraction:
    numerator: int = required(Whole(0, MANY))
    denominator: int | None = optional(Whole(1, MANY))

    def check(self, where: str, report: Report) -> None:
        whole = self.denominator or 100
        if self.numerator > whole:
            report.add(where, f"{self.numerator} of {whole} is more than everything.", "Let numerator be at most denominator (100 by default).")


@dataclass(frozen=True, kw_only=True)
class Mirror(Target):
    percent: int | None = optional(Whole(0, 100, "a per cent"))
    fraction: Fraction | None = optional(Nested(Fraction))

    def check(self, where: str, report: Report) -> None:
        self.check_target(where, report)
        if self.percent is not None and self.fraction is not None:
            report.add(where, "has percent and fraction.", "Keep one.")


@dataclass(frozen=True, kw_only=True)
class Cors:
    allow_origins: tuple[str, ...] = several(ListOf(Text("an origin", ORIGIN, 253, "https://example.com"), 64, unique=True))
    allow_credentials: bool | None = optional(Flag())
    allow_methods: tuple[str, ...] = several(ListOf(Text("a method", choices=(*METHODS, "*")), 9, unique=True))
    allow_headers: tuple[str, ...] = several(ListOf(HEADER_NAME, 64, unique=True))
    expose_headers: tuple[str, ...] = several(ListOf(HEADER_NAME, 64, unique=True))
    max_age: int | None = optional(Whole(1, MANY, "seconds"))

    def check(self, where: str, report: Report) -> None:
        for name in ("allow_origins", "allow_methods", "allow_headers"):
            values = getattr(self, name)
            if "*" in values and len(values) > 1:
                report.add(f"{where}.{name}", "has '*' and others beside it.", "Keep '*' alone, or take it away.")


@dataclass(frozen=True, kw_only=True)
class Auth(Target):
    """An outside service that is asked whether a request may pass. Experimental channel."""

    protocol: str = required(Text("a protocol", choices=("HTTP", "GRPC")))
    path: str | None = optional(Text("a path", PATH_CHARS, 1024, "/check"))
    allowed_headers: tuple[str, ...] = several(ListOf(HEADER_NAME, 64, unique=True))
    allowed_response_headers: tuple[str, ...] = several(ListOf(HEADER_NAME, 64, unique=True))
    max_body: int | None = optional(Whole(0, 65535, "bytes"))

    def check(self, where: str, report: Report) -> None:
        self.check_target(where, report)
        for name in ("path", "allowed_response_headers"):
            if self.protocol == "GRPC" and getattr(self, name):
                report.add(f"{where}.{name}", "belongs to protocol HTTP only.", "Take it away, or say protocol: HTTP.")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a rule and a backend have in common."""

    request_headers: HeaderChange | None = optional(Nested(HeaderChange))
    response_headers: HeaderChange | None = optional(Nested(HeaderChange))
    rewrite: Rewrite | None = optional(Nested(Rewrite))
    redirect: Redirect | None = optional(Nested(Redirect))
    mirrors: tuple[Mirror, ...] = several(ListOf(Nested(Mirror), 16))
    cors: Cors | None = optional(Nested(Cors))
    auth: Auth | None = optional(Nested(Auth))
    extensions: tuple[Resource, ...] = several(ListOf(Nested(Resource), 16))

    HINTS: ClassVar[dict[str, str]] = {
        "filters": "Write each filter by its own name: request_headers, response_headers, rewrite, redirect, mirrors, cors, auth, extensions.",
        "mirror": "Write mirrors: with a list.",
    }

    def check_filters(self, where: str, report: Report) -> None:
        if self.rewrite is not None and self.redirect is not None:
            report.add(where, "has rewrite and redirect; a redirected request is never rewritten.", "Keep one.")
        count = len(self.mirrors) + len(self.extensions) + sum(getattr(self, name) is not None for name in SINGLE)
        if count > 16:
            report.add(where, f"has {count} filters; the API allows 16.", "Take away mirrors or extensions.")

    def replaces_prefix(self) -> list[str]:
        """Fields that put a path in the place of a matched prefix, which needs a rule with exactly one prefix."""
        changes = {"rewrite": self.rewrite, "redirect": self.redirect}
        return [name for name, change in changes.items() if change is not None and change.path is not None and change.path.prefix is not None]


SINGLE = ("request_headers", "response_headers", "rewrite", "redirect", "cors", "auth")


def filter_fields(filters: Filters) -> dict[str, Any]:
    """The filters that are given, by field name."""
    return {name: getattr(filters, name) for name in (*SINGLE, "mirrors", "extensions") if getattr(filters, name)}
