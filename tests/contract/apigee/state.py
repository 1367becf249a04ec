# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an organization keeps, and the settings of a server."""

from __future__ import annotations

import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from . import errors

Entity = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """How this organization behaves where the documents leave it open or give a range."""

    # Seconds until a new app shows its credentials: Apigee is eventually consistent (GoogleCloudPlatform/magic-modules#17942).
    propagation: float = 0.0
    # Seconds that a deletion goes on behind the answer: "a few seconds to a few minutes" [D developers.delete, apps.delete].
    cascade: float = 0.0
    # The most that a page holds; the documented limits are 1000, and 100 for apps of a developer without paging [D].
    page: int = 1000
    apps_page: int = 100
    # "An app can have at most 100 credentials" (a maintainer's word).
    credentials: int = 100
    # Calls in so many seconds, 0 for any number. Google's limit is 6000 a minute.
    calls: int = 0
    period: float = 60.0
    # The unit of a quota that names none is "hour" [D Quota.timeUnit]; whether a read shows it is not said [?].
    shows_hour: bool = True
    # Edge refused to delete a product that apps use (apigee/apigee-config-maven-plugin#46); the text of v1 only warns [?].
    refuses_referenced: bool = True
    # Proxies and environments that exist: "validated upon creation" [D ApiProduct.proxies]; None for any.
    proxies: frozenset[str] | None = None
    environments: frozenset[str] | None = None
    # How often a path is decoded: apigeecli sends %252B for a plus sign.
    decodes: int = 1
    # Whether expand may go with count and startKey, against the documents: apigeecli does it with developers.
    expand_with_count: bool = False
    # What the list of all apps leaves open [?]: whether it names the developer by email beside the id, whether keyStatus hides single keys too
    # and not only apps, and whether it shows an app that has no key at all.
    names_emails: bool = False
    hides_keys: bool = False
    shows_keyless: bool = False


@dataclass
class Organization:
    name: str
    settings: Settings = field(default_factory=Settings)
    products: dict[str, Entity] = field(default_factory=dict)
    developers: dict[str, Entity] = field(default_factory=dict)
    # By email and name; an app holds its credentials as the API shows them.
    apps: dict[tuple[str, str], Entity] = field(default_factory=dict)
    # appId -> when its credentials are to be seen.
    visible: dict[str, float] = field(default_factory=dict)
    # What is being deleted behind the answer: until when it collides.
    going: dict[tuple[str, ...], float] = field(default_factory=dict)
    # Apps of a developer who is gone, and until when lists still show them.
    orphans: list[tuple[float, Entity]] = field(default_factory=list)

    def product(self, name: str) -> Entity:
        # "Product name is case sensitive" [D apiproducts.list].
        if name not in self.products:
            raise errors.no_product(name, self.name)
        return self.products[name]

    def developer(self, name: str) -> Entity:
        """By email or by id, as the paths of v1 allow both."""
        if name in self.developers:
            return self.developers[name]
        for each in self.developers.values():
            if each["developerId"] == name:
                return each
        raise errors.no_developer(name, self.name)

    def app(self, developer: str, name: str) -> Entity:
        email = self.developer(developer)["email"]
        if (email, name) not in self.apps:
            raise errors.no_app(name, email)
        return self.apps[email, name]

    def key(self, developer: str, app: str, name: str) -> Entity:
        for each in self.app(developer, app)["credentials"]:
            if each["consumerKey"] == name:
                found: Entity = each
                return found
        raise errors.no_key(name)

    def apps_of(self, email: str) -> list[Entity]:
        return [self.apps[each] for each in sorted(each for each in self.apps if each[0] == email)]

    def key_known(self, name: str) -> bool:
        """A client is known by its key alone, so a key is there once in an organization."""
        return self.collides("key", name) or any(each["consumerKey"] == name for app in self.apps.values() for each in app["credentials"])

    def remove(self, *what: str) -> None:
        """Gone from the answers, and still in the way for a while."""
        if self.settings.cascade:
            self.going[what] = time.monotonic() + self.settings.cascade

    def orphan(self, app: Entity) -> None:
        self.orphans.append((time.monotonic() + self.settings.cascade, app))

    def listed(self) -> list[Entity]:
        """Apps as a list of all of them shows them."""
        self.orphans = [(until, app) for until, app in self.orphans if until > time.monotonic()]
        return [*self.apps.values(), *(app for _until, app in self.orphans)]

    def collides(self, *what: str) -> bool:
        until = self.going.get(what, 0.0)
        if until and until <= time.monotonic():
            del self.going[what]
            return False
        return bool(until)


def now() -> str:
    """Milliseconds since the epoch; an int64 is a string on the wire."""
    return str(time.time_ns() // 1_000_000)


def new_id() -> str:
    return str(uuid.uuid4())


def random_key(letters: int) -> str:
    return secrets.token_urlsafe(letters)[:letters].replace("-", "A").replace("_", "B")


def shown(value: Any) -> Any:
    """Proto's JSON leaves out what is empty: lists and strings, not messages [?]."""
    if isinstance(value, dict):
        return {name: shown(each) for name, each in value.items() if each not in ("", [], None)}
    if isinstance(value, list):
        return [shown(each) for each in value]
    return value
