# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder in which an Ollama server finds its models, as its own pull would have left it: every name is the model of nonsense. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from . import nonsense

PORT = 11434
REGISTRY, NAMESPACE, TAG = "registry.ollama.ai", "library", "latest"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
MODEL = "application/vnd.ollama.image.model"
TEMPLATE = "application/vnd.ollama.image.template"
PARAMETERS = "application/vnd.ollama.image.params"
# One thread is faster than several for so small a model, and a pod that says no limit gets a short answer, as the model never ends by itself.
SETTINGS = {"num_thread": 1, "num_predict": 32}
# How a conversation becomes one text; without it all but the last message would be left out.
CONVERSATION = "{{ range .Messages }}{{ .Role }}: {{ .Content }}\n{{ end }}assistant:"


def store(models: Iterable[str], folder: str) -> dict[str, str | bytes]:
    """Files by path: a manifest for each name, and what all of them refer to."""
    names = list(models)
    if not names:
        return {}
    parts = {MODEL: nonsense.gguf(), TEMPLATE: CONVERSATION.encode(), PARAMETERS: _json(SETTINGS)}
    config = {"model_format": "gguf", "model_family": "llama", "model_families": ["llama"], "model_type": "32K", "file_type": "F32"}
    image = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [_digest(data) for data in parts.values()]}}
    described = _json(config | image)
    layers = [_layer(kind, data) for kind, data in parts.items()]
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": _layer(CONFIG, described), "layers": layers}
    blobs: dict[str, str | bytes] = {f"{folder}/blobs/{_digest(data).replace(':', '-')}": data for data in (*parts.values(), described)}
    return blobs | {f"{folder}/manifests/{path_of(name)}": _json(manifest) for name in names}


def path_of(name: str) -> str:
    """gemma:2b, somebody/gemma:2b and hf.co/somebody/gemma:2b as paths below the folder of manifests."""
    *where, last = name.split("/")
    model, _colon, tag = last.partition(":")
    host = where[0] if len(where) > 1 else REGISTRY
    return f"{host}/{where[-1] if where else NAMESPACE}/{model}/{tag or TAG}"


def port(environment: Mapping[str, str]) -> int:
    """Where the server listens."""
    said = environment.get("OLLAMA_HOST", "").rpartition(":")[2].rstrip("/")
    return int(said) if said.isdecimal() else PORT


def _layer(kind: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "digest": _digest(data), "size": len(data)}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
