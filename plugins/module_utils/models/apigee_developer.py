# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A developer of Apigee: who the apps belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from .apigee_text import ATTRIBUTES, EMAIL, PERSON
from .codecs import Text
from .decode import Identity, optional, required

SERVERS_OWN = "Apigee writes it itself; take it away."


@dataclass(frozen=True, kw_only=True)
class Developer:
    email: str = required(EMAIL)
    first_name: str = required(PERSON)
    last_name: str = required(PERSON)
    user_name: str | None = optional(PERSON)
    status: str | None = optional(Text("a developer's status", choices=("active", "inactive")))
    attributes: dict[str, str] | None = optional(ATTRIBUTES)

    IDENTITY: ClassVar[Identity] = Identity((("email", EMAIL),))
    HINTS: ClassVar[dict[str, str]] = {
        "name": "Write email: a developer is known by it.",
        "namespace": "Apigee has no namespaces; which organisation is meant says the option organization.",
        "firstName": "Write first_name.",
        "lastName": "Write last_name.",
        "userName": "Write user_name.",
        "username": "Write user_name.",
        "apps": "Write them in apigee_apps, each with developer: and the email.",
        "companies": SERVERS_OWN,
        "developer_id": f"{SERVERS_OWN} It may change.",
        "developerId": f"{SERVERS_OWN} It may change.",
        "organizationName": SERVERS_OWN,
        "created_at": SERVERS_OWN,
        "createdAt": SERVERS_OWN,
        "lastModifiedAt": SERVERS_OWN,
        "last_modified_at": SERVERS_OWN,
    }

    @property
    def spec(self) -> dict[str, Any]:
        """What the entry names, in the API's own words."""
        named = {
            "email": self.email,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userName": self.user_name or self.email,
            "status": self.status,
            "attributes": self.attributes,
        }
        return {name: part for name, part in named.items() if part is not None}
