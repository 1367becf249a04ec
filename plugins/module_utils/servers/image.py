# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reference to an image says about itself."""

from __future__ import annotations

import re
from typing import NamedTuple

# v0.18.1, or somewhere in a tag that also names other programs: rocm7.14.0_..._vllm_0.23.0
_VERSION = re.compile(r"(?:^v?|vllm_v?)([0-9]+)\.([0-9]+)\.[0-9]+")


class Image(NamedTuple):
    reference: str
    tag: str
    digest: str

    @property
    def pinned(self) -> bool:
        """Does the same text mean the same image tomorrow? No tag is the tag latest."""
        return bool(self.digest) or self.tag not in ("", "latest", "nightly", "main")

    @property
    def version(self) -> tuple[int, int] | None:
        """Major and minor release of vLLM, where the tag tells."""
        found = _VERSION.search(self.tag)
        return (int(found[1]), int(found[2])) if found else None


def parse(reference: str) -> Image:
    """A registry's port is no tag: only what follows the last slash counts."""
    name, _at, digest = reference.partition("@")
    _name, _colon, tag = name.rpartition("/")[2].partition(":")
    return Image(reference, tag, digest)
