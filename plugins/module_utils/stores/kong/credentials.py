# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumers as objects of Kong's ingress controller: it drops every consumer that holds a credential which another one holds, too, and where two bear one name
Kong takes nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...engine.errors import RefusedError
from ...engine.objects import Key, Object
from ...engine.plan import Observed
from ..owned import OwnedStore

LABEL = "konghq.com/credential"
CLASS = "kubernetes.io/ingress.class"
UNIQUE = {"key-auth": ("key", "its key"), "basic-auth": ("username", "its user name"), "jwt": ("key", "its key")}
"""Kind of credential -> the member of the Secret that no other may have the same as, and the words for it."""
CONSUMER = {"username": "its user name", "custom_id": "its custom_id"}


@dataclass
class CredentialStore(OwnedStore):
    """The cluster's store, with all credentials and consumers of all namespaces looked at when some are declared."""

    def unique(self, obj: Object) -> dict[str, str]:
        meta = obj["metadata"]
        if obj["kind"] == "KongConsumer":
            controller = (meta.get("annotations") or {}).get(CLASS)  # a controller of another class drives another Kong
            return {f"{controller} {name}={obj[name]}": words for name, words in CONSUMER.items() if obj.get(name)}
        kind = (meta.get("labels") or {}).get(LABEL) if obj["kind"] == "Secret" else None
        member, words = UNIQUE.get(str(kind), ("", ""))
        value = (obj.get("data") or {}).get(member) if member else None
        return {f"{kind}.{member}={value}": words} if value else {}

    def observe(self, desired: Mapping[Key, Object], versions: Mapping[Key, str] | None = None) -> dict[Key, Observed]:
        found = super().observe(desired, versions)
        wanted = {value for obj in desired.values() for value in self.unique(obj)}
        for kind in sorted({key.kind for key in desired}.intersection(("Secret", "KongConsumer"))) if wanted else ():
            for key, obj in self._everywhere(kind, desired):
                if key not in found and wanted.intersection(self.unique(obj)):
                    found[key] = Observed(obj, *self.cluster.applyset.owner_of(obj))
        return found

    def _everywhere(self, kind: str, desired: Iterable[Key]) -> Iterator[tuple[Key, Object]]:
        """Credentials, or consumers, of all namespaces; with rights for some alone, of those that the inventory names."""
        of_kind = [key for key in desired if key.kind == kind]
        served = self.cluster.discovery.best(of_kind[0].group_kind)
        query = {"labelSelector": LABEL} if kind == "Secret" else {}
        if served is None:
            return
        try:
            yield from list(self.cluster.items(served, "", query))
        except RefusedError:
            for namespace in sorted({key.namespace for key in of_kind}):
                yield from self.cluster.items(served, namespace, query)
