# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which kinds the API server serves, under which path. Each group is asked once a run, and only when it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple, Protocol

from ..engine.objects import GroupKind, group_of
from .transport import ApiError


class Requester(Protocol):
    """The one call of :class:`transport.Transport` that discovery needs."""

    def request(self, method: str, path: str) -> Any: ...


class ResourceType(NamedTuple):
    """A kind as it is served. ``root`` is its group version's path, such as ``/apis/apps/v1``."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool

    @property
    def root(self) -> str:
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """Name with group, as kubectl and RBAC messages write it: ``httproutes.gateway.networking.k8s.io``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str = "", name: str = "") -> str:
        inside = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{self.root}{inside}/{self.plural}" + (f"/{name}" if name else "")


@dataclass
class Discovery:
    """Answers from the server's discovery documents, kept until :meth:`forget`."""

    transport: Requester

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._kinds: dict[tuple[str, str], dict[str, ResourceType]] = {}
        self._versions: dict[str, tuple[str, ...]] = {}
        self._found: dict[tuple[str, str], ResourceType] = {}
        self._served: dict[GroupKind, tuple[str, ...]] = {}

    def forget(self) -> None:
        """After a CRD was created or changed."""
        with self._lock:
            self._kinds.clear()
            self._versions.clear()
            self._found.clear()
            self._served.clear()

    def find(self, api_version: str, kind: str) -> ResourceType | None:
        """The kind in exactly this version, or None where the server does not serve it."""
        name = (api_version, kind)
        found = self._found.get(name)
        if found is not None:  # asked for each object, and without the lock
            return found
        found = self._load(group_of(api_version), api_version.rpartition("/")[2]).get(kind)
        if found is not None:
            self._found[name] = found
        return found

    def best(self, group_kind: GroupKind) -> ResourceType | None:
        """The kind in the version that the server prefers."""
        return next((found for version in self.versions(group_kind.group) if (found := self._load(group_kind.group, version).get(group_kind.kind))), None)

    def served(self, group_kind: GroupKind) -> tuple[str, ...]:
        """Versions that serve the kind, the server's preferred one first."""
        known = self._served.get(group_kind)
        if known is None:
            versions = self.versions(group_kind.group)
            known = self._served[group_kind] = tuple(version for version in versions if group_kind.kind in self._load(group_kind.group, version))
        return known

    def versions(self, group: str) -> tuple[str, ...]:
        """Versions of a group, the preferred one first; empty where the group is unknown."""
        if not group:
            return ("v1",)
        with self._lock:
            if group not in self._versions:
                found = self._get(f"/apis/{group}")
                preferred = (found.get("preferredVersion") or {}).get("version")
                names = [entry["version"] for entry in found.get("versions") or ()]
                self._versions[group] = tuple(sorted(names, key=lambda name: name != preferred))
            return self._versions[group]

    def _load(self, group: str, version: str) -> dict[str, ResourceType]:
        with self._lock:
            if (group, version) not in self._kinds:
                found = self._get(f"/apis/{group}/{version}" if group else f"/api/{version}")
                self._kinds[group, version] = {
                    entry["kind"]: ResourceType(group, version, entry["kind"], entry["name"], bool(entry.get("namespaced")))
                    for entry in found.get("resources") or ()
                    if "/" not in entry["name"]
                }
            return self._kinds[group, version]

    def _get(self, path: str) -> dict[str, Any]:
        try:
            answer = self.transport.request("GET", path)
        except ApiError as error:
            if error.status == 404:
                return {}
            raise
        return answer if isinstance(answer, dict) else {}
