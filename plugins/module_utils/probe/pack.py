# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers as one line of text, so that they get out of a pod by its log. Pure."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import astuple

from .answer import Answer, Volley


def pack(volleys: Sequence[Volley]) -> str:
    """Compressed: ten thousand answers are some hundred kilobytes, and logs are cut off at ten megabytes."""
    rows = [[volley.wanted, volley.seconds, [astuple(answer) for answer in volley.answers]] for volley in volleys]
    return base64.b64encode(zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 6)).decode()


def unpack(text: str) -> list[Volley]:
    rows = json.loads(zlib.decompress(base64.b64decode(text)))
    return [Volley(wanted, [Answer(*answer) for answer in answers], seconds) for wanted, seconds, answers in rows]
