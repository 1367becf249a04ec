# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kong that somebody else installed, held against what is demanded of it; and what its controller says of our objects. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

INGRESS_CONTROLLER = "ingress-controllers.konghq.com/kong"
GATEWAY_CONTROLLER = "konghq.com/kic-gateway-controller"
UNMANAGED = "konghq.com/gatewayclass-unmanaged"
EDITIONS = {"kong": "community", "kong-gateway": "enterprise"}
# What `bundled` stands for in the open source, 3.9.
_BUNDLED = """
acl acme ai-prompt-decorator ai-prompt-guard ai-prompt-template ai-proxy ai-request-transformer ai-response-transformer aws-lambda azure-functions basic-auth
bot-detection correlation-id cors datadog file-log grpc-gateway grpc-web hmac-auth http-log ip-restriction jwt key-auth ldap-auth loggly oauth2 opentelemetry
post-function pre-function prometheus proxy-cache rate-limiting redirect request-size-limiting request-termination request-transformer response-ratelimiting
response-transformer session standard-webhooks statsd syslog tcp-log udp-log zipkin
"""
BUNDLED = frozenset(_BUNDLED.split())


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Empty, or ``any``, demands nothing."""

    ingress_class: str = ""
    gateway_class: str = ""
    min_version: str = ""
    edition: str = "any"
    database: str = "any"
    plugins: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one place tells of Kong. Empty is unknown; ``plugins`` None as well, and ``every`` stands for all that its makers know."""

    where: str
    version: str = ""
    edition: str = ""
    database: str = ""
    plugins: frozenset[str] | None = None
    every: bool = False


def lacks(demand: Demand, found: Mapping[str, Any]) -> list[str]:
    """One sentence for each thing that is missing, all of them. ``found`` holds what was read: ``ingress_classes``, ``gateway_classes``, ``deployments``
    with the name that was asked for in ``deployment``, and ``admin``, the answers of the Admin API, which count more than a Deployment."""
    said = _classes(demand, found)
    answers = list(found.get("admin") or [])
    if answers:
        for answer in answers:
            said += [answer["problem"]] if answer.get("problem") else _compare(demand, from_root(answer["url"], answer["root"]))
    else:
        name = found["deployment"]
        there = [from_deployment(each) for each in found.get("deployments") or []]
        if not there:
            said.append(f"There is no Deployment {name}. Name the one that runs Kong in kong_byok_deployment and kong_namespace, or write kong_admin.urls.")
        for seen in there:
            said += _compare(demand, seen)
    return said


def _classes(demand: Demand, found: Mapping[str, Any]) -> list[str]:
    said = []
    if demand.ingress_class:
        have = {each["metadata"]["name"]: each["spec"].get("controller", "") for each in found.get("ingress_classes") or []}
        said += _class("IngressClass", demand.ingress_class, have, INGRESS_CONTROLLER, "kong_ingress_class")
    if demand.gateway_class:
        classes = {each["metadata"]["name"]: each for each in found.get("gateway_classes") or []}
        have = {name: each["spec"].get("controllerName", "") for name, each in classes.items()}
        said += _class("GatewayClass", demand.gateway_class, have, GATEWAY_CONTROLLER, "kong_gateway_class")
        if have.get(demand.gateway_class) == GATEWAY_CONTROLLER and UNMANAGED not in (classes[demand.gateway_class]["metadata"].get("annotations") or {}):
            said.append(f"GatewayClass {demand.gateway_class} lacks annotation {UNMANAGED}, so the controller serves no Gateway of it. Write it there.")
    return said


def _class(kind: str, name: str, have: Mapping[str, str], controller: str, setting: str) -> list[str]:
    if have.get(name) == controller:
        return []
    ours = sorted(each for each, which in have.items() if which == controller)
    hint = f"Name {' or '.join(ours)} in {setting}." if ours else f"None names {controller}: Kong's ingress controller is missing."
    return [f"{kind} {name} belongs to {have[name]}. {hint}" if name in have else f"There is no {kind} {name}. {hint}"]


def _compare(demand: Demand, seen: Seen) -> list[str]:
    said = [_version(demand.min_version, seen)] if demand.min_version else []
    for what, wanted, has in (("edition", demand.edition, seen.edition), ("database", demand.database, seen.database)):
        if wanted not in ("any", has):
            said.append(f"{seen.where}: the {what} is {has}, and {wanted} is demanded." if has else _unknown(seen, f"the {what}"))
    missing = [] if seen.every and seen.plugins is not None else [name for name in demand.plugins if name not in (seen.plugins or ())]
    if missing:
        lack = f"{seen.where}: plugin {', '.join(missing)} is not there. It has to be in Kong's setting plugins, or in another edition."
        said.append(_unknown(seen, "which plugins it has") if seen.plugins is None else lack)
    return [sentence for sentence in said if sentence]


def _version(wanted: str, seen: Seen) -> str:
    if not seen.version:
        return _unknown(seen, "the version")
    least, has = ([int(part) for part in re.findall(r"\d+", text)] for text in (wanted, seen.version))
    if has < least and least[: len(has)] == has:
        hint = "Name the whole version in the image's tag, or write kong_admin.urls."
        return f"{seen.where}: the version is {seen.version}, which may be older than {wanted}. {hint}"
    return f"{seen.where}: the version is {seen.version}, and {wanted} or newer is demanded." if has < least else ""


def _unknown(seen: Seen, what: str) -> str:
    return f"{seen.where} does not tell {what}. Write kong_admin.urls, so that Kong can be asked."


def from_root(url: str, root: Mapping[str, Any]) -> Seen:
    """Of ``GET /`` of the Admin API."""
    database = (root.get("configuration") or {}).get("database", "")
    plugins = (root.get("plugins") or {}).get("available_on_server")
    return Seen(
        where=url,
        version=str(root.get("version") or ""),
        edition=str(root.get("edition") or ""),
        database="dbless" if database == "off" else str(database),
        plugins=frozenset(plugins) if plugins is not None else None,
    )


def from_deployment(deployment: Mapping[str, Any]) -> Seen:
    """Of the image and environment of Kong's container. What comes from Secrets and ConfigMaps is not known here."""
    where = f"Deployment {deployment['metadata']['namespace']}/{deployment['metadata']['name']}"
    for container in deployment["spec"]["template"]["spec"]["containers"]:
        repository, tag = _image(str(container.get("image", "")))
        edition = EDITIONS.get(repository, "")
        if edition or container["name"] == "proxy":
            version = match[0] if (match := re.match(r"\d+(\.\d+)*", tag)) else ""
            database, plugins = _setting(container, "KONG_DATABASE", "postgres"), _setting(container, "KONG_PLUGINS", "bundled")
            named = frozenset(filter(None, (name.strip() for name in plugins.split(",")))) if plugins else None
            bundled = named is not None and "bundled" in named
            return Seen(
                where=where,
                version=version,
                edition=edition,
                database="dbless" if database == "off" else database,
                plugins=(named or frozenset()) | BUNDLED if bundled else named,
                every=bundled and edition == "enterprise",
            )
    return Seen(where=f"{where} (no container of it is Kong)")


def _image(image: str) -> tuple[str, str]:
    """The last part of the repository, and the tag."""
    name = image.partition("@")[0].rpartition("/")[2]
    repository, _colon, tag = name.partition(":")
    return repository, tag


def _setting(container: Mapping[str, Any], name: str, default: str) -> str:
    """Empty where it cannot be told. A default is Kong's own."""
    for each in container.get("env") or []:
        if each["name"] == name:
            return str(each.get("value", ""))
    return "" if container.get("envFrom") else default


# What the controller says by Events; the object is the one that it could not use, or its own pod for the configuration as a whole.
FAILED = re.compile(r"^(Fallback)?KongConfiguration(Translation|Apply)Failed$")
SUCCEEDED = re.compile(r"^(Fallback)?KongConfigurationSucceeded$")
# Kong names the value that is there twice, and a key is such a value.
SECRET = re.compile(r"""((?:set to|\bkey\\?["']?[=:])\s*)(?P<quote>\\?['"]).+?(?P=quote)""")


def marks(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """What an Event was when it was looked at: one that comes again has another resourceVersion."""
    return [_mark(event) for event in events]


def verdict(events: Iterable[Mapping[str, Any]], before: Iterable[str]) -> dict[str, Any]:
    """What is new since ``before``: ``failures``, one for each object and reason, and whether a configuration was ``applied``. Clocks do not matter."""
    known = set(before)
    new = [event for event in events if _mark(event) not in known]
    rows = {}
    for event in new:
        if FAILED.match(event.get("reason") or ""):
            row = _row(event)
            rows[row["object"], row["reason"], row["message"]] = row
    objects_first = sorted(rows.values(), key=lambda row: (row["object"].startswith("Pod "), row["object"], row["reason"], row["message"]))
    return {"failures": objects_first, "applied": any(SUCCEEDED.match(event.get("reason") or "") for event in new)}


def _mark(event: Mapping[str, Any]) -> str:
    return f"{event['metadata'].get('uid')} {event['metadata'].get('resourceVersion')}"


def _row(event: Mapping[str, Any]) -> dict[str, str]:
    who = event.get("involvedObject") or {}
    place = "/".join(filter(None, (who.get("namespace"), who.get("name"))))
    message = SECRET.sub(r"\1'(hidden)'", event.get("message") or "")
    return {"object": f"{who.get('kind', 'object')} {place}", "reason": event["reason"], "message": message}
