# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to requests that are refused, undone or endless."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...engine.errors import Issue
from ..rule import error, warning
from ..world import World

if TYPE_CHECKING:
    from ...models.filters import HeaderChange
    from ...models.match import Match
    from ...models.route import Rule

TURNS_INTO_GET = (None, 301, 302, 303)
"""Statuses after which clients ask again by GET and without a body; None is the API's own 302."""


def changes(world: World) -> Iterator[tuple[HeaderChange, str]]:
    """Every change of headers, and where it stands."""
    for _entry, _rule, changed, where in world.filters:
        for field in ("request_headers", "response_headers"):
            change = getattr(changed, field)
            if change is not None:
                yield change, f"{where}.{field}"


@error("host-header-changed", "https://github.com/cilium/cilium/issues/39588")
def host_header_changed(world: World) -> Iterator[Issue]:
    """A rule changes the header Host as if it were any other. Gateways refuse it, some together with every later change of any route."""
    for change, where in changes(world):
        if any(name.lower() == "host" for name in (*(change.set or ()), *(change.add or ()), *change.remove)):
            yield Issue(where, "changes the header Host.", "Write rewrite: {hostname: NAME} instead.")


@warning("header-changed-twice", "https://gateway-api.sigs.k8s.io/reference/spec/#httpheaderfilter")
def header_changed_twice(world: World) -> Iterator[Issue]:
    """A header is in more than one of set, add and remove. Which of them is done first, and so what remains, differs from gateway to gateway."""
    for change, where in changes(world):
        seen: dict[str, str] = {}
        for part in ("set", "add", "remove"):
            for name in getattr(change, part) or ():
                first = seen.setdefault(name.lower(), part)
                if first != part:
                    yield Issue(f"{where}.{part}", f"{name} is in {first} too.", "Keep one; set alone takes the place of what was there.")


@warning("redirect-loses-body", "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.3")
def redirect_loses_body(world: World) -> Iterator[Issue]:
    """A POST is redirected by a status after which clients ask again by GET: the body, and with it the prompt, is lost."""
    for _entry, rule, where in world.rules:
        if rule.redirect is not None and rule.redirect.status in TURNS_INTO_GET and posts(rule):
            yield Issue(f"{where}.redirect", f"turns a POST into a GET by its status {rule.redirect.status or 302}.", "Write status: 307, or 308 for good.")


COMPLETIONS = ("/chat/completions", "/completions", "/embeddings", "/responses", "/messages", "/api/generate", "/api/chat")
"""How paths end that take a prompt: those of OpenAI, Anthropic and Ollama."""


def posts(rule: Rule) -> bool:
    """Whether a rule is certain to be about requests with a body."""
    return any(match.method == "POST" or ends_with(match, COMPLETIONS) for match in rule.alternatives)


def ends_with(match: Match, paths: tuple[str, ...]) -> bool:
    return match.path is not None and (match.path.exact or match.path.prefix or "").endswith(paths)


@warning("cors-credentials-any-origin", "https://github.com/kubernetes-sigs/gateway-api/issues/3861")
def cors_credentials_any_origin(world: World) -> Iterator[Issue]:
    """Every page of the web may use this with a visitor's cookies, or, where the gateway takes it literally, none."""
    for _entry, _rule, changed, where in world.filters:
        if changed.cors and changed.cors.allow_credentials and "*" in changed.cors.allow_origins:
            problem = "allows credentials to every origin. Browsers refuse that, unless the gateway answers with the origin that asks."
            yield Issue(f"{where}.cors.allow_origins", problem, "List the origins, or take allow_credentials away.")


@warning("mirror-to-backend", "https://github.com/nginx/nginx-gateway-fabric/pull/3627")
def mirror_to_backend(world: World) -> Iterator[Issue]:
    """A copy of each request goes where the request itself goes: it is answered twice, and a model computes it twice."""
    for entry, rule, changed, where in world.filters:
        backends = {(item.ref, item.namespace or entry.namespace, item.port) for item in rule.backends if item.weight != 0}
        for index, mirror in enumerate(changed.mirrors):
            if (mirror.ref, mirror.namespace or entry.namespace, mirror.port) in backends:
                yield Issue(f"{where}.mirrors[{index}]", "copies requests to a backend of the same rule.", "Copy them elsewhere, or take the mirror away.")


@warning("mirror-nothing", "https://github.com/nginx/nginx-gateway-fabric/pull/3627")
def mirror_nothing(world: World) -> Iterator[Issue]:
    """A mirror copies none of the requests."""
    for _entry, _rule, changed, where in world.filters:
        for index, mirror in enumerate(changed.mirrors):
            if mirror.percent == 0 or (mirror.fraction is not None and mirror.fraction.numerator == 0):
                yield Issue(f"{where}.mirrors[{index}]", "copies none of the requests.", "Write percent: 1 or more, or take it away.")
