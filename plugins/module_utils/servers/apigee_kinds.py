# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented fields of the Apigee operator's kinds, as checks. Pure.

Sources, all below cloud.google.com/apigee/docs/api-platform/apigee-kubernetes: apigee-apim-operator-reference (fields; what is not marked optional is
required), apigee-apim-operator-overview (limits), apigee-apim-operator-apimextension (an example). A field that they do not name is left to the server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..models.codecs import Report, shown

PRODUCT = "APIProduct"
GUARDS = ("APIMExtensionPolicy", "ApigeeBackendService")
UNITS = ("minute", "hour", "day", "month")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE")
NETWORK = re.compile(r"projects/[^/]+/global/networks/[^/]+")
SUBNETWORK = re.compile(r"projects/[^/]+/regions/(?P<region>[^/]+)/subnetworks/[^/]+")
MOST_ATTRIBUTES = 18
Spec = Mapping[str, Any]


def backend_service(spec: Spec, where: str, report: Report) -> None:
    """Where Apigee is reached by Private Service Connect: one network and subnetwork for each region."""
    seen: set[str] = set()
    for place, location in _items(spec, "locations", where, report):
        name = _text(location, "name", place, report)
        if name in seen:
            report.add(f"{place}.name", f"region {name} is there twice.", "Keep one.")
        seen.add(name)
        network = _text(location, "network", place, report)
        if network and not NETWORK.fullmatch(network):
            report.add(f"{place}.network", f"{shown(network)} is no network.", "Write projects/PROJECT/global/networks/NETWORK.")
        subnetwork = _text(location, "subnetwork", place, report)
        found = SUBNETWORK.fullmatch(subnetwork) if subnetwork else None
        if subnetwork and not found:
            report.add(f"{place}.subnetwork", f"{shown(subnetwork)} is no subnetwork.", "Write projects/PROJECT/regions/REGION/subnetworks/SUBNETWORK.")
        elif found and name and found["region"] != name:
            report.add(f"{place}.subnetwork", f"it is in {found['region']}, the location is {name}.", "Name a subnetwork of that region.")


def extension_policy(spec: Spec, where: str, report: Report) -> None:
    _text(spec, "location", where, report)
    timeout = spec.get("timeout")
    if timeout is not None and not re.fullmatch(r"[0-9]+(ms|s)", str(timeout)):
        report.add(f"{where}.timeout", f"{shown(timeout)} is no time.", "Write milliseconds or seconds, such as 1000ms.")
    target = spec.get("targetRef")
    if not isinstance(target, Mapping):
        report.add(
            f"{where}.targetRef",
            "is missing; a policy without a Gateway guards nothing.",
            "Write targetRef: {kind: Gateway, name: NAME, namespace: NAMESPACE}.",
        )
        return
    if target.get("kind") != "Gateway":
        problem = f"kind is {shown(target.get('kind'))}; policies attach to Gateways alone, never to routes."
        report.add(f"{where}.targetRef", problem, "Name the Gateway. For one route use the conditions of an ApimTemplate.")
    _text(target, "name", f"{where}.targetRef", report)


def product(spec: Spec, where: str, report: Report) -> None:
    for name in ("description", "displayName"):
        _text(spec, name, where, report)
    _choice(spec, "approvalType", ("auto", "manual"), where, report)
    for place, ref in _items(spec, "enforcementRefs", where, report):
        _text(ref, "name", place, report)
        _choice(ref, "kind", GUARDS, place, report)
    attributes = spec.get("attributes")
    if isinstance(attributes, list) and len(attributes) > MOST_ATTRIBUTES:
        report.add(f"{where}.attributes", f"has {len(attributes)} attributes; Apigee keeps {MOST_ATTRIBUTES}.", "Leave some out.")
    if isinstance(attributes, Mapping):
        report.add(f"{where}.attributes", "expected a list.", "Write attributes: [{name: access, value: private}].")


def operation_set(spec: Spec, where: str, report: Report) -> None:
    for place, ref in _items(spec, "apiProductRefs", where, report):
        _text(ref, "name", place, report)
    if "quota" in spec:
        _quota(spec["quota"], f"{where}.quota", report)
    for place, operation in _items(spec, "restOperations", where, report):
        _text(operation, "name", place, report)
        path = _text(operation, "path", place, report)
        if path and not path.startswith("/"):
            report.add(f"{place}.path", f"{shown(path)} does not begin with a slash.", f"Write /{path}.")
        methods = operation.get("methods")
        wrong = [each for each in methods if each not in METHODS] if isinstance(methods, list) else []
        if not isinstance(methods, list) or not methods:
            report.add(f"{place}.methods", "is missing.", "Write a list such as [POST].")
        elif wrong:
            report.add(f"{place}.methods", f"there is no method {', '.join(shown(each) for each in wrong)}.", "Write them in upper case, such as POST.")


def _quota(quota: Any, where: str, report: Report) -> None:
    """Whole numbers here, although Apigee's REST API has text."""
    if not isinstance(quota, Mapping):
        report.add(where, f"expected a dictionary, got {shown(quota)}.", "Write quota: {limit: 100, interval: 1, timeUnit: minute}.")
        return
    for name in ("limit", "interval"):
        value = quota.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            report.add(f"{where}.{name}", f"expected a whole number from 1 on, got {shown(value)}.", "Write it without quotes.")
    _choice(quota, "timeUnit", UNITS, where, report)


def _items(spec: Spec, name: str, where: str, report: Report) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The dictionaries of a list that has to be there and to hold something, each with its place."""
    value = spec.get(name)
    if not isinstance(value, list) or not value:
        report.add(f"{where}.{name}", "is missing or empty; the operator needs at least one.", f"Write {name}: [{{...}}].")
        return
    for index, each in enumerate(value):
        if isinstance(each, Mapping):
            yield f"{where}.{name}[{index}]", each
        else:
            report.add(f"{where}.{name}[{index}]", f"expected a dictionary, got {shown(each)}.")


def _text(spec: Spec, name: str, where: str, report: Report) -> str:
    value = spec.get(name)
    if isinstance(value, str) and value:
        return value
    report.add(f"{where}.{name}", f"expected text, got {shown(value)}." if value not in (None, "") else "is missing.")
    return ""


def _choice(spec: Spec, name: str, choices: tuple[str, ...], where: str, report: Report) -> None:
    if spec.get(name) not in choices:
        report.add(f"{where}.{name}", f"expected one of {', '.join(choices)}; got {shown(spec.get(name))}.")


CHECKS: dict[str, Callable[[Spec, str, Report], None]] = {
    "ApigeeBackendService": backend_service,
    "APIMExtensionPolicy": extension_policy,
    PRODUCT: product,
    "APIOperationSet": operation_set,
}
