# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has to keep of the objects that it read. Ten thousand of them have to fit beside everything else. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from ..engine.objects import Key, Object


class Slim:
    """Objects of one set look alike: what their ``managedFields`` record is kept once for all that say the same. Status is not for us to compare.

    ``versions``: what is read in just this version again is known, and only its metadata is looked at.
    """

    def __init__(self, versions: Mapping[Key, str] | None = None) -> None:
        self._versions = versions or {}
        self._known: deque[Any] = deque(maxlen=32)

    def __call__(self, key: Key, obj: Object) -> Object:
        known = key in self._versions and self._versions[key] == obj["metadata"].get("resourceVersion")
        kept = {name: obj[name] for name in ("apiVersion", "kind", "metadata")} if known else {name: obj[name] for name in obj if name != "status"}
        records = obj["metadata"].get("managedFields")
        if records:
            own = [{**record, "fieldsV1": self._shared(record.get("fieldsV1"))} for record in records if not record.get("subresource")]
            kept["metadata"] = {**obj["metadata"], "managedFields": own}
        return kept

    def _shared(self, fields: Any) -> Any:
        for known in self._known:
            if known == fields:
                return known
        self._known.appendleft(fields)
        return fields
