# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may send a request where Apigee decides: the keys of apps, and which products open what. Pure.

What Apigee answers is told in "Verify API Key policy" and "Quota policy" of its reference, and for a request without a key in the sample
llm-inference-gateway of GoogleCloudPlatform/apigee-samples: a fault in JSON with a code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..models.access import Access
from ..models.apigee_app import App, AppKey
from ..models.apigee_developer import Developer
from ..models.apigee_product import Product
from ..models.decode import Entry
from ..models.limits import Amount, Limits
from .access import REFUSAL, Guard
from .derive import MISS, Case, Expected, Gap
from .keys import NOBODY, Bearer, Keyring
from .places import Place
from .precedence import Request

HEADER = "x-api-key"
ANY = "**"
SURE = ("approved", None)
UNSEEN = Expected(statuses=(401, 403), words="a refusal of Apigee")


@dataclass(frozen=True)
class Opening:
    """What one operation of a product opens. No path, or ``/``, is everything; no methods are all. ``limits`` are its own, or the product's."""

    product: str
    source: str
    resource: str
    methods: tuple[str, ...]
    limits: Limits | None

    def opens(self, request: Request, source: str) -> bool:
        right = not source or not self.source or self.source == source
        return right and (not self.methods or request.method in self.methods) and covers(self.resource, request.path)

    @property
    def words(self) -> str:
        return f"{self.product} {self.resource or '/'}"


def covers(resource: str, path: str) -> bool:
    """``*`` stands for one part of a path, ``**`` for all that follows."""
    if resource in ("", "/", f"/{ANY}"):
        return True
    wanted, given = resource.strip("/").split("/"), path.strip("/").split("/")
    for index, part in enumerate(wanted):
        if part == ANY:
            return len(given) > index
        if index >= len(given) or part not in ("*", given[index]):
            return False
    return len(wanted) == len(given)


def openings(products: Iterable[Entry[Product]]) -> list[Opening]:
    found: list[Opening] = []
    for entry in products:
        product = entry.value
        own = _limits(product.quota)
        found += [Opening(entry.name, each.source, each.resource, each.methods or (), _limits(each.quota) or own) for each in product.operations or ()]
        found += [Opening(entry.name, each.source, each.resource, each.methods or (), own) for each in product.llm_operations or ()]
        found += [Opening(entry.name, "", path, (), own) for path in product.api_resources or ()]
        if not _groups(product) and not product.api_resources:
            found += [Opening(entry.name, proxy, "", (), own) for proxy in product.proxies or ("",)]
    return found


def _groups(product: Product) -> bool:
    names = ("operations", "llm_operations", "graphql_operations", "grpc_operations", "payload_operations")
    return any(getattr(product, name) for name in names)


def _limits(quota: object) -> Limits | None:
    """A window of several units allows what a window of one would, so that it is surely kept."""
    limit, unit = getattr(quota, "limit", None), getattr(quota, "unit", None) or "hour"
    return Limits(requests=Amount(**{unit: limit})) if limit else None


def keyring_of_apps(
    apps: Sequence[Entry[App]], products: Sequence[Entry[Product]], developers: Sequence[Entry[Developer]], said: Mapping[str, str], made_up: str
) -> Keyring:
    """``said`` are keys by ``email/app`` or ``email/app/name``; they count before those of the declaration."""
    manual = {entry.name for entry in products if entry.value.approval == "manual"}
    idle = {entry.name for entry in developers if entry.value.status == "inactive"}
    bearers: list[Bearer] = []
    unread: list[Bearer] = []
    for entry in apps:
        app, name = entry.value, f"{entry.value.developer}/{entry.value.name}"
        for key in app.all_keys:
            if key.gone:
                continue
            value = said.get(f"{name}/{key.slot}") or (said.get(name) if len(app.all_keys) == 1 else None) or key.consumer_key or ""
            dead = app.developer in idle or app.status not in SURE or key.status not in SURE
            bearer = Bearer(_words(name, app, key, dead), value, name, frozenset() if dead else _opened(app, key, manual))
            (bearers if value else unread).append(bearer)
    return Keyring(tuple(bearers), tuple(unread), Bearer("with a made-up key", made_up), apps=True)


def _words(name: str, app: App, key: AppKey, dead: bool) -> str:
    which = f"key {key.slot} of {name}" if len(app.all_keys) > 1 else f"the key of {name}"
    return f"with {which}{', which is switched off,' if dead else ''}"


def _opened(app: App, key: AppKey, manual: set[str]) -> frozenset[str]:
    """The products that a key surely opens: those that somebody has to approve may still wait for it."""
    own = key.products if key.products is not None else app.products or ()
    return frozenset(own) if key.approve else frozenset(own) - manual


@dataclass(frozen=True)
class ByProduct(Guard):
    """Apigee asks each request for a key, whatever the route says, and looks whether one of the key's products opens what is asked for."""

    openings: tuple[Opening, ...] = ()
    header: str = HEADER
    source: str = ""
    gateways: frozenset[str] = frozenset()
    outsider: Expected = UNSEEN
    unknown: Expected = UNSEEN

    def access(self, request: Request, _taker: Place | None) -> Access | None:
        if self.gateways and request.door.gateway not in self.gateways:
            return None
        return Access(groups=tuple(dict.fromkeys(each.product for each in self._fitting(request))), header=self.header)

    def armed(self, item: Case, right: Sequence[Bearer]) -> Bearer:
        """The first key, with the quota that counts for this request."""
        bearer = right[0]
        quotas = [each for each in self._fitting(item.request) if each.product in bearer.groups and each.limits]
        least = min(quotas, key=lambda each: min(_windows(each.limits)), default=None)
        return replace(bearer, limits=least.limits, counter=f"{bearer.consumer} {least.words}") if least else bearer

    def closed(self, item: Case, keyring: Keyring) -> Case | Gap | None:
        """What no product opens, Apigee refuses to everybody, also where no route would take it."""
        if item.kind == MISS:
            if item.taker is not None:
                return None
            expected = Expected(statuses=(401, 403, 404), words="a refusal of Apigee, or 404 of the gateway")
            return replace(item, kind=REFUSAL, bearer=next(iter(keyring.bearers), NOBODY), header=self.header, expected=expected)
        return Gap(item.place, item.kind, f"no product opens {item.request.method} {item.request.path}, so Apigee lets nobody through: add an operation to one")

    def _fitting(self, request: Request) -> Iterator[Opening]:
        return (each for each in self.openings if each.opens(request, self.source))


def _windows(limits: Limits | None) -> Sequence[int]:
    return tuple(limits.requests.windows.values()) if limits and limits.requests else ()
