# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own tags among a user's: who owns an entity, which entry made it, which of several credentials it is, and what cannot be read back. Pure.

A tag of Kong's is printable text without comma and slash.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from ...engine.plan import Owner

PREFIX = "ig."
OWNER, ENTRY, SLOT, MORE, TTL, DIGEST = (f"{PREFIX}{word}:" for word in ("owner", "entry", "slot", "more", "ttl", "digest"))
DRIVEN = "managed-by-ingress-controller"
"""The tag that Kong's ingress controller puts on all that it makes."""
_PLAIN = " !\"#$&'()*+-.:;<=>?@[\\]^_`{|}~"
"""What a tag holds as it is; of the rest a slot may have comma, slash and the per cent sign."""
_COST = {"n": 2**10, "r": 8, "p": 1}
"""A few milliseconds. More would hide nothing: whoever may read our tag may read Kong's own hash beside it, which costs far less to guess from."""


@dataclass(frozen=True)
class Marks:
    """What our tags on one entity say; empty texts where there is none."""

    owner: str = ""
    entry: str = ""
    slot: str = ""
    ttl: str = ""
    digest: str = ""

    def tags(self, more: bool) -> list[str]:
        """``more``: a kind that is not listed in every run, which a tag of its own makes findable by one request."""
        made = [f"{OWNER}{self.owner}"] + ([f"{MORE}{self.owner}"] if more else [])
        parts = ((ENTRY, self.entry.replace("/", "~")), (SLOT, quote(self.slot, safe=_PLAIN)), (TTL, self.ttl), (DIGEST, self.digest))
        return made + [f"{name}{value}" for name, value in parts if value]


def read(tags: Iterable[str] | None) -> tuple[Marks, list[str]]:
    """Our marks, and the user's own tags in order."""
    own: dict[str, str] = {}
    users = []
    for tag in tags or ():
        name, colon, value = str(tag).partition(":")
        if name.startswith(PREFIX) and colon:
            own[f"{name}:"] = value
        else:
            users.append(str(tag))
    marks = Marks(own.get(OWNER, ""), own.get(ENTRY, "").replace("~", "/"), unquote(own.get(SLOT, "")), own.get(TTL, ""), own.get(DIGEST, ""))
    return marks, sorted(users)


def whose(marks: Marks, tags: Iterable[str], owner: str) -> tuple[Owner, str]:
    if marks.owner == owner:
        return Owner.OURS, owner
    if marks.owner:
        return Owner.OTHER, marks.owner
    return (Owner.OTHER, "Kong's ingress controller") if DRIVEN in tags else (Owner.NOBODY, "")


def digest(password: str, salt: str = "") -> str:
    """A salted digest that costs a guesser some time, for passwords that the gateway only keeps hashed."""
    salt = salt or secrets.token_hex(8)
    return f"{salt}~{hashlib.scrypt(password.encode(), salt=salt.encode(), dklen=16, **_COST).hex()}"


def fits(password: str, kept: str) -> bool:
    salt = kept.partition("~")[0]
    return bool(salt) and hmac.compare_digest(digest(password, salt), kept)


def words(marks: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in marks.items())
