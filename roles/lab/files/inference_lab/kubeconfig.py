# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfig files, whole in themselves: certificates are embedded, so that a copy works anywhere on this machine."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import yaml


def write(path: Path, port: int, pki: Path, user: str) -> None:
    """For USER, whose certificate lies in PKI; the owner alone may read it."""
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": _embed(pki / "ca.crt")}
    credentials = {"client-certificate-data": _embed(pki / f"{user}.crt"), "client-key-data": _embed(pki / f"{user}.key")}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": cluster}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": user}}],
        "current-context": "lab",
    }
    write_private(path, yaml.safe_dump(content, sort_keys=False))


def write_private(path: Path, text: str) -> None:
    """Appears whole or not at all, and only the owner may read it."""
    fresh = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    fresh.replace(path)


def _embed(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")
