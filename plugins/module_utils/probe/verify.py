# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What module ``inference_verify`` does: a declaration in, a table of what requests proved out."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from ..engine import source
from ..engine.check import Check, Outcome, Veiled
from ..engine.errors import InputError, Issue
from ..engine.values import plain
from ..models import apigee_app
from ..models.apigee_app import App
from ..models.apigee_developer import Developer
from ..models.apigee_product import Product
from ..models.codecs import Report
from ..models.consumer import Consumer, hidden
from ..models.consumer import secrets as secrets_of
from ..models.decode import Entry, entries_of
from ..models.gateway import Gateway
from ..models.hushed import nameless
from ..models.pool import Pool
from ..models.route import Route, milliseconds
from ..models.text import DURATION
from ..stores.connect import connect
from ..stores.transport import Transport
from . import hide, split
from .access import BY_ROUTE, Guard, guarded, holes
from .budget import short, within
from .cluster import read_facts
from .compose import body_for, order_of
from .declared import Probe, Tls
from .derive import FAILOVER, MISS, SPLIT, Case, Gap, derive
from .exhaust import LIMIT, exhausted, judge_limit
from .facts import Facts
from .failover import harmless
from .judge import PROVED, REFUTED, UNPROVED, Finding, judge, judge_gap, row
from .keys import Keyring, keyring_of
from .order import Order
from .outage import Outage, start_left
from .places import Door, world_of
from .precedence import Request
from .products import HEADER, ByProduct, keyring_of_apps, openings

WHO = 'headers."x-inference-pod"'
LISTS: dict[str, type[Any]] = {"kong_consumers": Consumer, "gateways": Gateway, "inference_routes": Route, "inference_pools": Pool}
APIGEE: dict[str, type[Any]] = {"apigee_products": Product, "apigee_developers": Developer, "apigee_apps": App}
LISTS |= APIGEE
USUAL_PORTS = (80, 443)
TLS_PORTS = (443, 8443)
LOOSE = "address"


def run(raw: list[Any], params: Mapping[str, Any]) -> Outcome:
    from .volley import fire_all

    lists = {option: _entries(option, cls, raw if option == CHECK.option else params[option], params) for option, cls in LISTS.items()}
    keyring, guard = _guarding(lists, params)
    transport = connect(params, 4) if params["read_cluster"] else None
    outages = transport if params["failovers"] and not params["check_mode"] else None
    repaired = start_left(outages, homes(lists["inference_routes"])) if outages else []
    facts = _facts(lists, transport, params)
    facts.notes += repaired
    world = world_of(lists["gateways"], lists["inference_routes"], facts.ages, _loose(params))
    known = [harmless(item, params) for item in guarded(derive(world, facts.models), keyring, guard)]
    items = [*within(known, lambda case: requests_for(case, params)), *exhausted(known, params["exhaust"] or ())]
    cases = [item for item in items if isinstance(item, Case) and item.kind != FAILOVER]
    orders = _orders(cases, facts, params)
    backends = sorted({name for place in world.places for name in place.weights})
    # What uses limits up comes when everything else is done.
    now = sum(case.kind != LIMIT for case in cases)
    volleys = iter(fire_all(orders[:now], params["concurrency"], [case.start for case in cases[:now]]))
    volleys = chain(volleys, fire_all(orders[now:]) if orders[now:] else ())
    outage = _outage(outages, facts, params)
    findings = [_finding(item, volleys, facts, backends, outage, params) for item in items]
    return _outcome(list(zip(items, findings, strict=True)), facts, keyring)


def homes(routes: Sequence[Entry[Route]]) -> set[str]:
    """Namespaces of the Services behind these routes, where a run that was killed may have left something stopped."""
    return {backend.namespace or entry.namespace for entry in routes for rule in entry.value.rules for backend in rule.backends if backend.service}


def _outage(transport: Transport | None, facts: Facts, params: Mapping[str, Any]) -> Outage | None:
    report = Report()
    patience = DURATION.read(params["failover_timeout"], "failover_timeout", report)
    report.raise_if_any()
    return Outage(transport, facts, milliseconds(patience) / 1000) if transport and patience else None


def _finding(item: Case | Gap, volleys: Any, facts: Facts, backends: Sequence[str], outage: Outage | None, params: Mapping[str, Any]) -> Finding:
    if isinstance(item, Gap):
        return judge_gap(item)
    if item.kind == FAILOVER and outage:
        return outage.prove(item, _orders([item], facts, params)[0])
    if item.kind == LIMIT:
        return judge_limit(item, next(volleys))
    found = judge(item, next(volleys), facts, backends, params["confidence"])
    few = short(item, requests_for(item, params))
    return Finding(UNPROVED, found.seen, few, found.split) if few and found.verdict == PROVED else found


def _outcome(found: Sequence[tuple[Case | Gap, Finding]], facts: Facts, keyring: Keyring) -> Outcome:
    """No key is in it, wherever a server may have put it."""
    keys = {bearer.value for bearer in keyring.bearers if len(bearer.value) >= hide.SHORTEST}
    rows = [hide.cleaned(row(*each), keys) for each in found]
    counts = Counter(row["verdict"] for row in rows)
    summary = {name: counts[name] for name in (PROVED, REFUTED, UNPROVED)}
    result = {"rows": rows, "summary": summary, "notes": facts.notes}
    if not found:
        return Outcome(result, "No route is declared, so nothing can be proved.", tuple(facts.notes))
    bad = [row for row in rows if not row["ok"]]
    if not bad:
        return Outcome(result, "", tuple(facts.notes))
    lines = [*_holes(found), *(f"{row['route']} {row['rule']}, {row['kind']}: {row['request'] or 'no request'}: {row['why']}" for row in bad)]
    return Outcome(result, f"{len(bad)} of {len(rows)} checks are refuted.\n" + "\n".join(f"- {line}" for line in lines), tuple(facts.notes))


def _holes(found: Sequence[tuple[Case | Gap, Finding]]) -> Iterator[str]:
    yield from holes(item for item, finding in found if isinstance(item, Case) and finding.let_in)


def _loose(params: Mapping[str, Any]) -> Door | None:
    """Where routes without parents are asked: a gateway that is told by other means than Gateways is known by its address alone."""
    port = params["port"] or USUAL_PORTS[0]
    return Door(LOOSE, "", port, port in TLS_PORTS, "") if params["address"] else None


def _guarding(lists: Mapping[str, list[Entry[Any]]], params: Mapping[str, Any]) -> tuple[Keyring, Guard]:
    """Whose keys there are, and who asks for them: Apigee where its products are given, else the gateway itself."""
    said, made_up = _said(params), secrets.token_urlsafe(32)
    given = [option for option in APIGEE if params[option] is not None or params[f"{option}_src"]]
    if not given:
        return keyring_of(lists["kong_consumers"], said, made_up, list(params["headers"] or ())), BY_ROUTE
    if lists["kong_consumers"]:
        problem = f"is given, and {given[0]} too: keys are asked for by Kong or by Apigee."
        raise InputError([Issue("kong_consumers", problem, "Verify the Gateways of one and of the other each by a call of its own.")])
    own = params["apigee"] or {}
    gateways = frozenset(name if "/" in name else f"{params['namespace']}/{name}" for name in own.get("gateways") or ())
    guard = ByProduct(openings=tuple(openings(lists["apigee_products"])), header=own.get("header") or HEADER, source=own.get("source") or "", gateways=gateways)
    return keyring_of_apps(lists["apigee_apps"], lists["apigee_products"], lists["apigee_developers"], said, made_up), guard


def _said(params: Mapping[str, Any]) -> dict[str, str]:
    """Keys that are said beside the consumers and apps."""
    return {str(name): str(value) for name, value in (params["keys"] or {}).items() if value}


def _entries(option: str, cls: type[Any], inline: Any, params: Mapping[str, Any]) -> list[Entry[Any]]:
    """A list, inline or from files."""
    file = params[f"{option}_src"]
    raw = source.entries(file, option)[0] if file else [plain(entry, f"{option}[{index}]") for index, entry in enumerate(inline or ())]
    report = Report()
    found = entries_of(cls, raw, option, "" if option in APIGEE else params["namespace"], report)
    report.issues = [nameless(issue) for issue in report.issues] if cls is App else report.issues
    report.raise_if_any()
    return found


def _facts(lists: Mapping[str, list[Entry[Any]]], transport: Transport | None, params: Mapping[str, Any]) -> Facts:
    facts = Facts()
    keys = [entry.key for entry in lists["gateways"]]
    if transport:
        facts = read_facts(transport, keys, lists["inference_routes"], lists["inference_pools"])
    if params["address"]:
        facts.addresses = dict.fromkeys([*keys, LOOSE], params["address"])
    for key, models in (params["models"] or {}).items():
        facts.models[str(key)] = tuple(map(str, models if isinstance(models, list) else [models]))
    return facts


def _orders(cases: Sequence[Case], facts: Facts, params: Mapping[str, Any]) -> list[Order]:
    missing = sorted({case.request.door.gateway for case in cases if not facts.addresses.get(case.request.door.gateway)})
    if missing:
        remedy = "Wait until the Gateway is programmed, or write address; in an inventory that is inference_gateway_verify_address."
        raise InputError(Issue(f"Gateway {key}", "has no address, so nothing can be sent to it.", remedy) for key in missing)
    report = Report()
    orders = [order_of(probe_of(case, facts.addresses[case.request.door.gateway], params), f"{case.place}", 1, report) for case in cases]
    report.raise_if_any()
    return orders


def requests_for(case: Case, params: Mapping[str, Any]) -> int:
    if case.kind != SPLIT:
        return 1
    wanted: int = params["requests"] or split.requests_for(case.expected.split, params["confidence"], params["power"], params["min_difference"])
    return wanted


def probe_of(case: Case, address: str, params: Mapping[str, Any]) -> Probe:
    """A case as a probe: what module traffic_probe would be asked to send."""
    request = case.request
    tls = _tls(case, params) if request.door.tls else None
    return Probe(
        address=address,
        port=params["port"] or request.door.port,
        host=host_header(request, address),
        path=request.target,
        method=request.method,
        headers=_headers(case, params),
        body=body_for(case.ask.path, case.ask.model) if request.method == "POST" else None,
        tls=tls,
        proxy=params["gateway_proxy"] or None,
        count=case.count or requests_for(case, params),
        concurrency=params["split_concurrency"],
        rate=case.pace or None,
        timeout=params["timeout"],
        who=params["who"] or WHO,
    )


def _headers(case: Case, params: Mapping[str, Any]) -> dict[str, str]:
    """The bearer's key in place of one that all requests have."""
    found = {**(params["headers"] or {}), **dict(case.request.headers)}
    if case.bearer is None:
        return found
    others = {name: value for name, value in found.items() if name.lower() != case.header.lower()}
    return {**others, case.header: case.bearer.value} if case.bearer.value else others


def _tls(case: Case, params: Mapping[str, Any]) -> Tls:
    """A name that nobody serves has no certificate: whether the gateway answers to it is the question, not whether its certificate fits."""
    if case.kind == MISS and not case.expected.by and case.bearer is None:
        return Tls(verify=False)
    return Tls(verify=params["validate_gateway_certs"], ca_file=params["gateway_ca_file"])


def host_header(request: Request, address: str) -> str:
    """As a client would write it: with the port where it is not the usual one."""
    name = request.host or (f"[{address}]" if ":" in address else address)
    return name if request.door.port in USUAL_PORTS else f"{name}:{request.door.port}"


GUARD: dict[str, Any] = {"header": {"type": "str", "default": HEADER}, "source": {"type": "str"}, "gateways": {"type": "list", "elements": "str"}}
CHECK = Check(
    option="kong_consumers",
    options={
        **{option: {"type": "list", "elements": "dict"} for option in LISTS},
        **{f"{option}_src": {"type": "path"} for option in LISTS},
        "namespace": {"type": "str", "default": "default"},
        "read_cluster": {"type": "bool", "default": True},
        "address": {"type": "str"},
        "port": {"type": "int"},
        "gateway_proxy": {"type": "str"},
        "gateway_ca_file": {"type": "path"},
        "validate_gateway_certs": {"type": "bool", "default": True},
        "headers": {"type": "dict", "no_log": True},
        "keys": {"type": "dict", "no_log": True, "aliases": ["kong_keys"]},
        "apigee": {"type": "dict", "options": GUARD},
        "exhaust": {"type": "list", "elements": "str"},
        "models": {"type": "dict"},
        "who": {"type": "str"},
        "requests": {"type": "int"},
        "confidence": {"type": "float", "default": split.CONFIDENCE},
        "power": {"type": "float", "default": split.POWER},
        "min_difference": {"type": "float"},
        "timeout": {"type": "str", "default": "60s"},
        "failovers": {"type": "bool", "default": False},
        "failover_timeout": {"type": "str", "default": "5m"},
        "concurrency": {"type": "int", "default": 4},
        "split_concurrency": {"type": "int", "default": 8},
    },
    run=run,
    shown=hidden,
    secrets=secrets_of,
    libraries=("aiohttp", "jmespath", "kubernetes"),
    also={"apigee_apps": Veiled(apigee_app.hidden, apigee_app.secrets)},
)
