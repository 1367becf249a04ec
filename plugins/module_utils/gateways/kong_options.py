# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module is told about the Kong in use, besides the routes, and the names that Kong gives to kinds and annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from ..engine.objects import GroupKind
from ..models.codecs import Flag, ListOf, Report, Text, Whole
from ..models.decode import Nested, optional, several
from ..models.text import NAME

OPTION = "kong"
KONG_PLUGIN = GroupKind("configuration.konghq.com", "KongPlugin")
INGRESS = GroupKind("networking.k8s.io", "Ingress")
PREFIX = "konghq.com/"
PLUGINS, STRIP_PATH, PROTOCOLS, METHODS, HEADERS = (f"{PREFIX}{name}" for name in ("plugins", "strip-path", "protocols", "methods", "headers."))
COMMUNITY, ENTERPRISE, ENTERPRISE_AI = EDITIONS = ("community", "enterprise", "enterprise_ai")
AI_MAX_BODY = 1_048_576
"""Bytes of a request that ai-proxy reads. Kong 3.9 takes 8192 by itself, which a long prompt exceeds."""


class Mode(Enum):
    """How Kong is told: by the two kinds of object that its ingress controller reads, or by its own entities."""

    ROUTES = "HTTPRoute"
    INGRESS = "Ingress"
    ADMIN = "Admin API"


@dataclass(frozen=True, kw_only=True)
class KongOptions:
    gateway_api: bool | None = optional(Flag())
    ingress_class: str | None = optional(NAME)
    edition: str | None = optional(Text("an edition", choices=EDITIONS))
    protocols: tuple[str, ...] = several(ListOf(Text("a protocol", choices=("http", "https")), 2, unique=True))
    ai_max_body: int | None = optional(Whole(1, 2**31 - 1, "bytes"))

    HINTS: ClassVar[dict[str, str]] = {"class": "Write ingress_class.", "licence": "Write edition: enterprise_ai for an AI licence."}

    @property
    def uses_routes(self) -> bool:
        """Whether the controller is told by HTTPRoutes; by Ingresses where not."""
        return self.gateway_api is not False


def kong_options(params: Mapping[str, Any], report: Report) -> KongOptions:
    """The module's parameter; what is wrong with it goes to the report."""
    given = params.get(OPTION)
    return KongOptions() if given is None else Nested(KongOptions).read(given, OPTION, report) or KongOptions()
