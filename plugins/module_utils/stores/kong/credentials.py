# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumers as objects of Kong's ingress controller: it drops every consumer that holds a credential which another one holds, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...engine.errors import RefusedError
from ...engine.objects import Key, Object
from ...engine.plan import Observed
from ..owned import OwnedStore

LABEL = "konghq.com/credential"
UNIQUE = {"key-auth": ("key", "its key"), "basic-auth": ("username", "its user name"), "jwt": ("key", "its key")}
"""Kind of credential -> the member of the Secret that no other may have the same as, and the words for it."""


@dataclass
class CredentialStore(OwnedStore):
    """The cluster's store, with what all credentials of all namespaces hold looked at when some are declared."""

    def unique(self, obj: Object) -> dict[str, str]:
        kind = (obj["metadata"].get("labels") or {}).get(LABEL) if obj["kind"] == "Secret" else None
        member, words = UNIQUE.get(str(kind), ("", ""))
        value = (obj.get("data") or {}).get(member) if member else None
        return {f"{kind}.{member}={value}": words} if value else {}

    def observe(self, desired: Mapping[Key, Object], versions: Mapping[Key, str] | None = None) -> dict[Key, Observed]:
        found = super().observe(desired, versions)
        wanted = {value for obj in desired.values() for value in self.unique(obj)}
        served = self.cluster.discovery.find("v1", "Secret") if wanted else None
        if served is None:
            return found
        try:
            others = list(self.cluster.items(served, "", {"labelSelector": LABEL}))
        except RefusedError:
            # Rights for one namespace alone: then its credentials are all that can be looked at.
            others = list(self.cluster.items(served, self.home, {"labelSelector": LABEL}))
        for key, obj in others:
            if key not in found and wanted.intersection(self.unique(obj)):
                found[key] = Observed(obj, *self.cluster.applyset.owner_of(obj))
        return found
