# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the Apigee operator can be seen in a cluster: it writes a word into the status of each of its objects, or a word and a complaint."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from contract.apim_crds import KINDS, names, says


class Operator:
    """Runs beside a test. ``refuses`` are complaints by the names of objects; ``seen`` are the kinds and names in the order in which they were judged."""

    def __init__(self, lab: Any, refuses: Mapping[str, str] | None = None) -> None:
        self.lab = lab
        self.refuses = dict(refuses or {})
        self.seen: list[tuple[str, str]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Operator:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.wait(0.2):
            for obj in self._objects():
                self._judge(obj)

    def _objects(self) -> list[dict[str, Any]]:
        served = str(self.lab.kubectl("get", "crd", "--output=name", "--ignore-not-found", *names(), check=False)).split()
        if len(served) < len(KINDS):
            return []
        read = self.lab.kubectl("get", ",".join(names()), "--all-namespaces", "--output=json", check=False)
        found: list[dict[str, Any]] = json.loads(read or "{}").get("items") or []
        return found

    def _judge(self, obj: dict[str, Any]) -> None:
        kind, name, namespace = obj["kind"], obj["metadata"]["name"], obj["metadata"]["namespace"]
        error = self.refuses.get(name, "")
        state = "Create_Update_Failed" if error else "CREATED"
        status = obj.get("status") or {}
        if (status.get("state"), status.get("errorMessage")) == (state, error) or obj["metadata"].get("deletionTimestamp"):
            return
        says(self.lab, namespace, kind, name, state, error)
        self.seen.append((kind, name))
