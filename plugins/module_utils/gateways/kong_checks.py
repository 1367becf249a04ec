# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kong makes of a value otherwise than the declaration means it. Each is an error that says what to write.

Told from the sources of Kong 3.9 (``kong/router``, ``kong/plugins``) and of its ingress controller 3.5 (``internal/dataplane/translator`` and
``internal/admission``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..models.codecs import Report
from ..models.decode import Entry
from ..models.filters import HeaderChange, filter_fields
from ..models.match import Match
from ..models.route import Route, Rule, milliseconds
from .kong_match import REGEX_HEADER, alternatives, header_values, new_prefix, strips
from .kong_options import COMMUNITY, ENTERPRISE_AI, HEADERS, KONG_PLUGIN, METHODS, PROTOCOLS, STRIP_PATH, KongOptions, Mode
from .kong_plugins import PROVIDERS

OURS = (STRIP_PATH, PROTOCOLS, METHODS)
TEMPLATE = "$("
ANNOTATED = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,53}[A-Za-z0-9])?"
"""A header's name that has room and leave to stand in an annotation's."""
MOST_WEIGHT = 65535
OF_A_CLUSTER = "is a Secret of a cluster, which Kong by itself does not read."
NO_SLASH = "does not begin with /, which Kong wants"
TORN = "has alternatives outside of brackets, of which Kong would bind the first alone"


def check(entry: Entry[Route], mode: Mode, options: KongOptions, report: Report) -> None:
    route, where = entry.value, entry.origin
    if mode is Mode.ROUTES and not route.parents:
        report.add(f"{where}.parents", "are missing: Kong's controller serves a route that hangs on its Gateway, and no other.", "Write parents: [NAME].")
    for name in route.annotations or () if mode is not Mode.ADMIN else ():
        if name in OURS or name.startswith(HEADERS):
            report.add(f"{where}.annotations", f"{name} is what the renderer writes itself.", "Say it in the rules, or in the module's option kong.")
    _check_limits(route, mode, options, where, report)
    _check_times(route, mode, where, report)
    if mode is Mode.ROUTES:
        _check_merged(route, where, report)
    for index, rule in enumerate(route.rules):
        place = f"{where}.rules[{index}]"
        for number, match in enumerate(alternatives(rule)):
            _check_match(match, mode, f"{place}.matches[{number}]" if rule.matches else place, report)
        _check_changes(rule, place, report)
        _check_backends(rule, mode, place, report)
        if mode is Mode.INGRESS:
            _check_ingress(entry, rule, place, report)


def _check_limits(route: Route, mode: Mode, options: KongOptions, where: str, report: Report) -> None:
    if route.limits is None:
        return
    if route.limits.redis is not None and route.limits.redis.secret is not None and mode is Mode.ADMIN:
        report.add(
            f"{where}.limits.redis.secret", "is a Secret of a cluster, which Kong by itself does not read.", "Write password: with a reference to a vault."
        )
    if route.limits.tokens is None:
        return
    if options.edition != ENTERPRISE_AI:
        problem = f"needs Kong Enterprise with an AI licence (plugin ai-rate-limiting-advanced); the edition is {options.edition or COMMUNITY}."
        report.add(f"{where}.limits.tokens", problem, "Write requests: in its place, or kong: {edition: enterprise_ai} if you have one.")
    elif not any(backend.provider for rule in route.rules for backend in rule.backends):
        problem = "are counted by what ai-proxy reads of an answer, and no rule has a provider."
        report.add(f"{where}.limits.tokens", problem, "Write provider: in the backend, or requests: in place of tokens.")


def _check_times(route: Route, mode: Mode, where: str, report: Report) -> None:
    times = [rule.timeouts.backend if rule.timeouts else None for rule in route.rules]
    for index, value in enumerate(times):
        if value is not None and milliseconds(value) == 0:
            report.add(f"{where}.rules[{index}].timeouts.backend", "0 is no limit, and Kong knows no wait without an end.", "Write for example 24h.")
        elif mode is Mode.ROUTES and value != times[0]:
            problem = f"is {value or 'not said'}, and rules[0] has {times[0] or 'none'}; Kong's controller refuses a route whose rules differ in it."
            report.add(f"{where}.rules[{index}].timeouts.backend", problem, "Write the same in every rule, or make two routes.")


def _check_merged(route: Route, where: str, report: Report) -> None:
    """The controller makes one route of all matches with the same method and headers in rules with the same backends and filters. A redirect and a
    prefix that is replaced belong to one path: of a second one it makes a route of the same name, which Kong refuses, or nothing."""
    seen: dict[str, int] = {}
    for index, rule in enumerate(route.rules):
        if rule.redirect is None and (new_prefix(rule) is None or strips(route)):
            continue
        for match in alternatives(rule):
            headers = {name.lower(): values for name, values in header_values(match).items()}
            key = repr((rule.backends, filter_fields(rule), match.method, headers))
            if key in seen:
                problem = f"has the same answer as rules[{seen[key]}]" if seen[key] != index else "has several matches"
                problem += ", and Kong's controller knows one path alone for such a redirect or new prefix."
                report.add(f"{where}.rules[{index}]", problem, "Make a route of each path.")
                break
            seen[key] = index


def _check_match(match: Match, mode: Mode, where: str, report: Report) -> None:
    path = match.path
    regex = path.regex if path else None
    if regex is not None and (not regex.startswith("/") or _alternation(regex)):
        problem = (
            "does not begin with /, which Kong wants"
            if not regex.startswith("/")
            else "has alternatives outside of brackets, of which Kong would bind the first alone"
        )
        report.add(f"{where}.path.regex", f"{regex!r:.80} {problem}.", "Write for example /(a|b)/.*")
    prefix = path.prefix if path and mode is Mode.ROUTES else None
    if found := sorted({char for char in prefix or "" if char in "()*+$"}):
        problem = f"{prefix} holds {' '.join(found)}, which Kong's controller takes for a part of a regular expression."
        report.add(f"{where}.path", problem, "Write such a path as exact, or another prefix.")
    for name, value in (match.headers or {}).items():
        if value.regex is not None and re.search(r"[A-Z]", value.regex):
            problem = f"{value.regex!r:.80} holds capital letters, and Kong compares it with the value in lower case."
            report.add(f"{where}.headers[{name}].regex", problem, "Write it in lower case; Kong takes both.")
        if value.exact is not None and value.exact.startswith(REGEX_HEADER):
            report.add(f"{where}.headers[{name}]", "begins with ~*, which makes a regular expression of it for Kong.", "Write {regex: ...} if that is meant.")
        if mode is Mode.INGRESS and (not re.fullmatch(ANNOTATED, name) or "," in (value.exact or value.regex or "")):
            problem = "does not fit into an annotation: the name is too long or has other characters, or the value has a comma."
            report.add(f"{where}.headers[{name}]", problem, "Use Gateway API (kong: {gateway_api: true}), or another header.")


def _alternation(regex: str) -> bool:
    """Whether ``|`` stands outside of all brackets."""
    bare = re.sub(r"\\.|\[[^\]]*\]", "", regex)
    while (shorter := re.sub(r"\([^()]*\)", "", bare)) != bare:
        bare = shorter
    return "|" in bare


def _check_changes(rule: Rule, where: str, report: Report) -> None:
    for place, text in _texts(rule, where):
        if TEMPLATE in text:
            report.add(place, "holds $(, which Kong's plugin takes for the start of a template.", "Write another value.")
    redirect = rule.redirect
    if redirect is not None and (redirect.scheme is None or redirect.hostname is None):
        report.add(f"{where}.redirect", "says not the whole address; Kong does not keep the scheme and host of the request.", "Write scheme and hostname.")
    if redirect is not None and redirect.path is not None and redirect.path.prefix is not None:
        report.add(f"{where}.redirect.path.prefix", "is nothing that Kong can replace in a redirect.", "Write path: {full: ...}, or leave path out to keep it.")


def _texts(rule: Rule, where: str) -> Iterator[tuple[str, str]]:
    changes: dict[str, HeaderChange | None] = {"request_headers": rule.request_headers, "response_headers": rule.response_headers}
    for field, change in changes.items():
        for values in (change.set, change.add) if change else ():
            yield from ((f"{where}.{field}", value) for value in (values or {}).values())
    path = rule.rewrite.path if rule.rewrite else None
    if path is not None and path.full is not None:
        yield f"{where}.rewrite.path.full", path.full


def _check_backends(rule: Rule, mode: Mode, where: str, report: Report) -> None:
    for index, backend in enumerate(rule.backends):
        place = f"{where}.backends[{index}]"
        if backend.provider is not None and backend.provider not in PROVIDERS:
            known = ", ".join(PROVIDERS)
            report.add(
                f"{place}.provider", f"{backend.provider} is none of those known here: {known}.", "Write a KongPlugin ai-proxy and name it in extensions."
            )
        if backend.provider is not None and len(rule.backends) > 1:
            report.add(f"{place}.provider", "stands beside other backends; ai-proxy asks one model.", "Give each provider a rule of its own.")
        if backend.model is not None and backend.provider is None:
            problem = "is changed by ai-proxy alone, which needs a provider."
            report.add(f"{place}.model", problem, "Take model away, or write provider: with a model that it has.")
        if backend.secret is not None and mode is Mode.ADMIN:
            remedy = "Configure ai-proxy with a reference to a vault by the Admin API, or run Kong with its controller."
            report.add(f"{place}.secret", OF_A_CLUSTER, remedy)
        if mode is Mode.ADMIN and (backend.weight or 0) > MOST_WEIGHT:
            report.add(
                f"{place}.weight", f"{backend.weight} is more than a target may have, {MOST_WEIGHT}.", "Divide all weights of the rule by the same number."
            )
    for index, item in enumerate(rule.extensions):
        if item.ref.target != KONG_PLUGIN:
            report.add(f"{where}.extensions[{index}]", f"{item.ref.target} is no plugin of Kong.", f"Kong knows {KONG_PLUGIN} here.")


def _check_ingress(entry: Entry[Route], rule: Rule, where: str, report: Report) -> None:
    if not rule.backends and rule.redirect is None:
        report.add(where, "has no backend, and an Ingress has to have a Service.", "Give a backend, or use Gateway API (kong: {gateway_api: true}).")
    if len(rule.backends) > 1:
        remedy = "Use Gateway API (kong: {gateway_api: true}), or one Service for all of them."
        report.add(f"{where}.backends", "are several, and an Ingress sends to one.", remedy)
    for index, backend in enumerate(rule.backends):
        if backend.namespace not in (None, entry.namespace):
            problem = f"{backend.namespace} is another namespace, and an Ingress reaches its own alone."
            report.add(f"{where}.backends[{index}].namespace", problem, "Put the route there, or use Gateway API.")
    if new_prefix(rule) not in (None, "/"):
        report.add(f"{where}.rewrite.path.prefix", "an Ingress can take a prefix away and put no other in its place.", "Write /, or use Gateway API.")
    elif new_prefix(rule) != new_prefix(entry.value.rules[0]) and not strips(entry.value):
        report.add(f"{where}.rewrite.path.prefix", "is not that of rules[0]; Kong strips for a whole route.", "Make two routes.")
