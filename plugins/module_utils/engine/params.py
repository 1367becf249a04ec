# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that modules share, and what is wrong with their values before anything is asked. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..stores.manifests import is_namespace
from .converge import Options
from .errors import InputError, Issue
from .plan import Policy

COMMON: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "owner": {"type": "str"},
    "src": {"type": "path"},
    "prune": {"type": "bool", "default": False},
    "prune_limit": {"type": "str", "default": "50%"},
    "adopt": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 120},
    "concurrency": {"type": "int", "default": 8},
    "lint_strict": {"type": "bool", "default": False},
    "lint_skip": {"type": "dict", "default": {}},
}
"""What every module takes that keeps a set of objects."""
CLUSTER: dict[str, Any] = {
    "namespace": {"type": "str", "default": "default"},
    "force_conflicts": {"type": "bool", "default": False},
    "on_immutable": {"type": "str", "choices": ["fail", "replace"], "default": "fail"},
    "validate": {"type": "bool", "default": True},
    "wait": {"type": "bool", "default": False},
}
"""What only makes sense where a cluster keeps them."""
ELSEWHERE: dict[str, Any] = {name: spec.get("default") for name, spec in CLUSTER.items()} | {"namespace": None}
"""The same for what lives elsewhere."""
INFO: dict[str, Any] = {
    "namespace": {"type": "str"},
    "names": {"type": "list", "elements": "str"},
    "label_selectors": {"type": "list", "elements": "str"},
    "owner": {"type": "str"},
}
"""What every module takes that reads objects of a cluster back."""


def unfit(params: Mapping[str, Any]) -> list[Issue]:
    """What cannot be part of a path on the server."""
    issues = []
    if params["namespace"] is not None and not is_namespace(params["namespace"]):
        issues.append(Issue("namespace", f"{params['namespace']!r} cannot be a namespace.", "Write lower-case letters, digits and -, at most 63."))
    if params["owner"] is not None and not re.fullmatch(r"(?!.*(\.[-.]|-\.))[a-z0-9]([-a-z0-9.]{0,180}[a-z0-9])?", params["owner"]):
        issues.append(Issue("owner", f"expected lower-case letters, digits, - and ., got {params['owner']!r}.", "It names a ConfigMap."))
    return issues


def options_of(params: Mapping[str, Any], check: bool, diff: bool) -> Options:
    """What the user asked for besides the objects; raises InputError with all that is wrong."""
    issues = []
    if params["prune"] and not params["owner"]:
        issues.append(Issue("owner", "is needed with prune.", "Name whose objects may be deleted, for example owner: platform."))
    if not re.fullmatch(r"\d+|\d{1,3}(\.\d+)?%", params["prune_limit"].strip()):
        issues.append(Issue("prune_limit", f"expected a count or a share, got {params['prune_limit']!r}.", 'Write "10" or "25%".'))
    issues += unfit(params)
    for name, least in (("concurrency", 1), ("wait_timeout", 0)):
        if params[name] < least:
            issues.append(Issue(name, f"expected {least} or more, got {params[name]}."))
    if issues:
        raise InputError(issues)
    return Options(
        policy=Policy(params["prune"], params["prune_limit"], params["adopt"]),
        on_immutable=params["on_immutable"],
        validate=params["validate"],
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
        concurrency=params["concurrency"],
        check=check,
        diff=diff,
    )
