# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies of Ollama's own API. The models are the pod's state: a pull adds one, and the pod's end forgets it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .openai import RefusedError
from .pods import Pod

STAMP = "2026-01-01T00:00:00Z"
SIZE = 398_000_000


def full(name: str) -> str:
    """A name without a tag means the tag latest, unless it is a registry's port that holds the colon."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def asked(raw: bytes) -> tuple[str, dict[str, Any]]:
    """The model that a request names (``name`` is the old spelling of ``model``), and the whole body."""
    try:
        body = json.loads(raw or b"null")
    except ValueError as error:
        raise RefusedError(400, f"invalid JSON: {error}") from error
    if not isinstance(body, dict):
        raise RefusedError(400, "missing request body")
    name = body.get("model") or body.get("name")
    if not isinstance(name, str):
        raise RefusedError(400, "model is required")
    return full(name), body


def known(name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise RefusedError(404, f"model '{name.removesuffix(':latest')}' not found")


def error(refused: RefusedError) -> dict[str, Any]:
    return {"error": refused.message}


def digest(name: str) -> str:
    """The same name has the same digest on each pod, as if pulled from one registry."""
    return hashlib.sha256(name.encode()).hexdigest()


def _details(name: str) -> dict[str, Any]:
    family = name.partition(":")[0].rpartition("/")[2]
    size = name.partition(":")[2].upper() or "LATEST"
    return {"parent_model": "", "format": "gguf", "family": family, "families": [family], "parameter_size": size, "quantization_level": "Q4_0"}


def tags(names: tuple[str, ...]) -> dict[str, Any]:
    return {"models": [{**_card(name), "modified_at": STAMP} for name in names]}


def running(names: tuple[str, ...]) -> dict[str, Any]:
    """/api/ps: the models that have answered since the pod came."""
    return {"models": [{**_card(name), "expires_at": "2318-01-01T00:00:00Z", "size_vram": SIZE} for name in names]}


def _card(name: str) -> dict[str, Any]:
    return {"name": name, "model": name, "size": SIZE, "digest": digest(name), "details": _details(name)}


def show(name: str) -> dict[str, Any]:
    info = {"general.architecture": _details(name)["family"], "general.parameter_count": 500_000_000}
    return {
        "modelfile": f"FROM {name}\n",
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": _details(name),
        "model_info": info,
        "capabilities": ["completion"],
        "modified_at": STAMP,
    }


def pull(name: str) -> list[dict[str, Any]]:
    """The lines of a pull; a client that wants no stream gets the last one."""
    layer = {"status": f"pulling {digest(name)[:12]}", "digest": f"sha256:{digest(name)}", "total": SIZE}
    lines: list[dict[str, Any]] = [{"status": "pulling manifest"}, layer, {**layer, "completed": SIZE}]
    return [*lines, {"status": "verifying sha256 digest"}, {"status": "writing manifest"}, {"status": "success"}]


def version(pod: Pod) -> dict[str, str]:
    return {"version": pod.version}
