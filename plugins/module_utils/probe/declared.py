# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A probe as a user writes it, and what is expected of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from ..models.codecs import Flag, ListOf, MapOf, Report, Text, Whole
from ..models.decode import Nested, Short, optional, several
from ..models.filters import METHODS
from ..models.match import HeaderMatch
from ..models.text import DURATION, HEADER_NAME, HEADER_VALUE, PORT
from .answer import KINDS
from .fields import Body, Expression, Number, Some

URL = Text("a URL of http or https", r"https?://[^\s/?#@]+(?:/[^\s#]*)?", 4096, "http://inference.example.com/v1/chat/completions")
PROXY = Text("the URL of an HTTP proxy", r"http://([^\s/@]*@)?[^\s/@]+/?", 512, "http://127.0.0.1:8080")
HOST = Text(
    "a host name or address, with a port where it is not the usual one", r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", 260, "a.example"
)
ADDRESS = Text("a host name or address to connect to, without a port", r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?", 253, "192.0.2.10")
PATH = Text("a path, with its query", r"/[!-~]*", 4096, "/v1/chat/completions?x=1")
PATTERN = Text("a name; * stands for any characters", example="ai/vllm-*")
MOST = 10_000_000
POSITIVE = Number(0, 1e9, "a number")


@dataclass(frozen=True, kw_only=True)
class Tls:
    verify: bool | None = optional(Flag())
    ca_file: str | None = optional(Text("the path of a file with certificates in PEM", example="/etc/ssl/our-ca.pem"))
    server_name: str | None = optional(Text("a host name", r"[A-Za-z0-9._-]+", 253, "inference.example.com"))

    HINTS: ClassVar[dict[str, str]] = {
        "sni": "Write server_name.",
        "validate_certs": "Write verify.",
        "ca_cert": "Write ca_file.",
        "insecure": "Write verify: false.",
    }

    def check(self, where: str, report: Report) -> None:
        if self.verify is False and self.ca_file is not None:
            report.add(where, "has ca_file but verifies nothing.", "Take verify: false away, or ca_file.")


@dataclass(frozen=True, kw_only=True)
class Expect:
    """Everything given has to be true. Without ``status`` every answer has to be a 200."""

    status: tuple[int, ...] = several(Some(Whole(100, 599, "a status")))
    error: tuple[str, ...] = several(Some(Text("a kind of error", choices=tuple(KINDS))))
    failures: int | None = optional(Whole(0, MOST))
    model: tuple[str, ...] = several(Some(PATTERN))
    answered_by: tuple[str, ...] = several(Some(PATTERN))
    headers: dict[str, HeaderMatch] | None = optional(MapOf(HEADER_NAME, Short(HeaderMatch, "exact"), fold=True))
    split: dict[str, int] | None = optional(MapOf(PATTERN, Whole(0, 1_000_000, "a weight")))
    confidence: float | None = optional(Number(0.5, 0.999999, "a share"))
    power: float | None = optional(Number(0.1, 0.9999, "a share"))
    min_difference: float | None = optional(Number(0, 1, "a share"))
    max_p50_ms: float | None = optional(POSITIVE)
    max_p90_ms: float | None = optional(POSITIVE)
    max_p95_ms: float | None = optional(POSITIVE)
    max_p99_ms: float | None = optional(POSITIVE)
    max_ms: float | None = optional(POSITIVE)
    max_ttft_p50_ms: float | None = optional(POSITIVE)
    max_ttft_p95_ms: float | None = optional(POSITIVE)
    max_ttft_ms: float | None = optional(POSITIVE)
    min_tokens_per_second: float | None = optional(POSITIVE)
    min_requests_per_second: float | None = optional(POSITIVE)

    HINTS: ClassVar[dict[str, str]] = {"statuses": "Write status.", "weights": "Write split.", "header": "Write headers."}

    def check(self, where: str, report: Report) -> None:
        if self.split is not None and not any(self.split.values()):
            report.add(f"{where}.split", "has no weight above 0.", "Write the declared weights, for example {a: 80, b: 20}.")
        for name in ("confidence", "power", "min_difference"):
            if getattr(self, name) is not None and self.split is None:
                report.add(f"{where}.{name}", "belongs to split.", "Give split, or take it away.")
        if self.error and (self.status or self.split or self.model or self.answered_by or self.headers):
            report.add(f"{where}.error", "expects no answer at all, beside expectations of one.", "Keep one.")


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Requests of one kind."""

    name: str | None = optional(Text("a name", longest=400, example="chat by header"))
    url: str | None = optional(URL)
    address: str | None = optional(ADDRESS)
    port: int | None = optional(PORT)
    host: str | None = optional(HOST)
    path: str | None = optional(PATH)
    method: str | None = optional(Text("a method", choices=METHODS, example="POST"))
    headers: dict[str, str] | None = optional(MapOf(HEADER_NAME, HEADER_VALUE, fold=True))
    body: object = optional(Body())
    model: str | None = optional(Text("the name of a model", longest=256, example='"gemma:2b"'))
    prompt: str | None = optional(Text("a prompt", longest=1_000_000))
    max_tokens: int | None = optional(Whole(1, MOST))
    stream: bool | None = optional(Flag())
    tls: Tls | None = optional(Nested(Tls))
    proxy: str | None = optional(PROXY)
    keep_alive: bool | None = optional(Flag())
    count: int | None = optional(Whole(1, MOST))
    duration: str | None = optional(DURATION)
    concurrency: int | None = optional(Whole(1, 10_000))
    rate: float | None = optional(Number(0, 1e6, "requests a second"))
    timeout: str | None = optional(DURATION)
    deadline: str | None = optional(DURATION)
    who: str | None = optional(Expression())
    groups: dict[str, tuple[str, ...]] | None = optional(MapOf(Text("a name"), ListOf(PATTERN, 100_000)))
    expect: Expect | None = optional(Nested(Expect))

    HINTS: ClassVar[dict[str, str]] = {"verify": "Write tls: {verify: false}.", "sni": "Write tls: {server_name: NAME}.", "expected": "Write expect."}

    def check(self, where: str, report: Report) -> None:
        if self.url is None and self.host is None and self.address is None:
            report.add(where, "says not where to send.", "Write url, or address or host, for example url: http://inference.example.com/v1/models.")
        if self.url is not None:
            self._check_url(where, report)
        if self.body is not None and (self.model or self.prompt or self.max_tokens):
            report.add(where, "has body and model, prompt or max_tokens, which make one.", "Keep one.")
        if (self.prompt or self.max_tokens) and self.model is None:
            report.add(where, "has prompt or max_tokens without model.", "Say which model is asked, or write a body.")
        if self.count is not None and self.duration is not None:
            report.add(where, "has count and duration.", "Keep one: so many requests, or as many as fit into that time.")

    def _check_url(self, where: str, report: Report) -> None:
        parts = urlsplit(self.url or "")
        try:
            good = bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good:
            report.add(f"{where}.url", f"{self.url!r:.120} names no host and port.", "Write for example http://inference.example.com:8080/v1/models.")
        if self.path is not None and (parts.path not in ("", "/") or parts.query):
            report.add(f"{where}.path", "stands beside a url with a path.", "Keep one.")
        if self.tls is not None and parts.scheme == "http":
            report.add(f"{where}.tls", "cannot be had with a url of http.", "Write https, or take tls away.")
