# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's argument spec beside the decoder of one of its lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import ListOf, Text
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import Nested, codec_of, declared, is_required

ROLES = Path(__file__).parents[3] / "roles"
COMPARED = ("type", "elements", "required", "choices")


def expected(cls: type) -> dict[str, Any]:
    """What the argument spec has to say of a dataclass."""
    result = {}
    for name, item in declared(cls).items():
        codec = codec_of(item)
        result[name] = {
            "type": codec.doc_type,
            "elements": codec.elements if isinstance(codec, ListOf) else None,
            "required": is_required(item) or None,
            "choices": list(codec.choices) or None if isinstance(codec, Text) else None,
            "options": expected(codec.cls) if isinstance(codec, Nested) else None,
        }
    return result


def told(role: str, option: str) -> dict[str, Any]:
    spec = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    return _said(spec["argument_specs"]["main"]["options"][option]["options"])


def _said(options: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {key: each.get(key) for key in COMPARED} | {"options": _said(each["options"]) if "options" in each else None} for name, each in options.items()
    }
