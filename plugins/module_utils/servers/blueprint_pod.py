# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recipe's folders and probes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..models.codecs import Whole
from .blueprint_fields import Fields
from .vllm import PATH

SECONDS = Whole(0, 86400, "seconds")
# What a probe waits for before it ends the container, where it says nothing itself: the API's own defaults.
PERIOD, FAILURES = 10, 3
WAYS = {
    "local_filesystem": "Role vllm mounts one folder, that of the model.",
    "input_object_storage": "Buckets are not copied by this collection.",
    "input_file_system": "File systems of OCI are not made by this collection.",
}


def folders(recipe: Fields, entry: dict[str, Any]) -> None:
    """One of the folders holds the model; the role knows it as the cache."""
    found = [(kind, part, part.take("mount_location", PATH)) for kind in WAYS for part in recipe.parts(kind)]
    chosen = _holding(entry["model"], [mount or "" for _kind, _part, mount in found])
    for index, (kind, part, mount) in enumerate(found):
        if index == chosen and mount:
            entry["cache"] = _node_folder(part, mount) if kind == "local_filesystem" else _claim(part, mount, entry["name"])
        else:
            part.left["mount_location"] = mount
            remedy = "Mount it into a workload of your own (applysets), or take it out."
            part.lose_whole(f"{WAYS[kind]} The model {entry['model']} is not in it.", remedy)
    if chosen is None and entry["model"].startswith("/"):
        problem = f"no folder of the document is mounted where the model {entry['model']} lies."
        recipe.ledger.report.add(recipe.at or "the recipe", problem, "Write local_filesystem, or a model of Hugging Face.")


def _holding(model: str, mounts: Sequence[str]) -> int | None:
    """The longest mount that the model's path begins with."""
    fits = [index for index, mount in enumerate(mounts) if mount and f"{model}/".startswith(f"{mount.rstrip('/')}/")]
    return max(fits, key=lambda index: len(mounts[index]), default=None)


def _node_folder(part: Fields, mount: str) -> dict[str, Any]:
    path = part.take("node_directory_path", PATH)
    part.lose_rest("a folder of the node has no such field.", "Take it out.")
    if path is None:
        part.wrong("node_directory_path", "is missing.", "Write the folder of the node.")
    return {"host_path": path, "mount_path": mount}


def _claim(part: Fields, mount: str, name: str) -> dict[str, Any]:
    """The server expects the files in a claim; somebody has to bring them there."""
    claim = f"{name}-models"
    size = part.take("volume_size_in_gbs", Whole(1, 10**6))
    volume = f"the PersistentVolumeClaim {claim}" + (f" of {size}Gi" if size else "")
    part.left |= {"volume_size_in_gbs": size} if size else {}
    part.lose_whole(
        "storage of OCI is not made or copied by this collection; the server expects the files in a claim.",
        f"Make {volume}, and bring the files into it, or for a file system of OCI make its PersistentVolume (driver fss.csi.oraclecloud.com).",
    )
    return {"claim": claim, "mount_path": mount}


def probes(recipe: Fields, entry: dict[str, Any]) -> None:
    """How long loading may take is all that the role wants to know: it asks /health itself, and begins as soon as the container runs."""
    startup, liveness = recipe.part("recipe_startup_probe_params"), recipe.part("recipe_liveness_probe_params")
    patience = startup if startup.left else liveness
    if patience.left:
        names = ("initial_delay_seconds", "period_seconds", "failure_threshold")
        delay, period, failures = (patience.take(name, SECONDS) for name in names)
        seconds = (delay or 0) + (PERIOD if period is None else period) * (FAILURES if failures is None else failures)
        entry["startup_seconds"] = max(10, seconds)
    readiness = recipe.part("recipe_readiness_probe_params")
    for part in (startup, liveness, readiness):
        part.lose_whole(
            "role vllm has probes of its own: /health on the container's port, by a startup probe until the model is loaded, then every few seconds.",
            "Nothing has to be done; startup_seconds of the server is how long loading may take.",
        )
