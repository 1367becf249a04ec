# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known beside the declaration: addresses of Gateways, pods and models of backends, ages of routes. Pure; read by :mod:`cluster`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .answer import Answer


@dataclass
class Facts:
    """``pods``: the names (``namespace/name``) and addresses of each backend's pods. A backend that is not in it is not known.

    ``notes`` say what could not be read.
    """

    addresses: dict[str, str] = field(default_factory=dict)
    ages: dict[str, str] = field(default_factory=dict)
    pods: dict[str, frozenset[str]] = field(default_factory=dict)
    models: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def backends_of(self, answer: Answer, among: Iterable[str]) -> tuple[str, ...] | None:
        """Which of these backends an answer can come from: by its pod, else by its model. None where that cannot be told, empty where it is none of them."""
        names = tuple(among)
        if answer.who:
            own = tuple(name for name in names if answer.who in self.pods.get(name, ()))
            if own or all(name in self.pods for name in names):
                return own
        if answer.model and names and all(self.models.get(name) for name in names):
            return tuple(name for name in names if answer.model in self.models[name])
        return None


KONG_SENT_ON, KONG_ANSWERED = "x-kong-upstream-latency", "x-kong-response-latency"
KONG_WORDS = {"message", "request_id"}


def of_a_backend(answer: Answer) -> bool:
    """Whether a model server answered, and not the gateway by itself.

    Servers that name themselves, answers in JSON, and the time of the upstream that Envoy and Kong write down tell. The gateway's own answers are short
    texts or nothing; Kong's are JSON with a message and nothing else, Apigee's JSON with a fault.
    """
    headers = answer.headers or {}
    if answer.who or answer.model or "x-envoy-upstream-service-time" in headers or KONG_SENT_ON in headers:
        return True
    return answer.text[:1] == "{" and KONG_ANSWERED not in headers and not _of_kong(answer.text) and not fault_of(answer)


def _of_kong(text: str) -> bool:
    found = _read(text)
    return "message" in found and KONG_WORDS.issuperset(found)


def fault_of(answer: Answer) -> str:
    """The code of a fault of Apigee, such as ``oauth.v2.InvalidApiKey``; empty where it is none."""
    fault = _read(answer.text).get("fault")
    detail = fault.get("detail") if isinstance(fault, dict) else None
    return str((detail.get("errorcode") if isinstance(detail, dict) else "") or "fault") if isinstance(fault, dict) else ""


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
