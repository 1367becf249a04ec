# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what a probe sends in secret out of everything that is shown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

HIDDEN = "(not shown)"
SECRET = re.compile(r"auth|key|token|secret|passw|cookie|credential|signature", re.IGNORECASE)
HARMLESS = re.compile(r"max[-_]?tokens|tokenizer|author$", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^/@\s]*@")
_QUERY = re.compile(r"([?&])([^=&#\s]+)=([^&#\s]*)")
SHORTEST = 4
"""A shorter value is no secret that hiding would keep, but would blank half of a result."""


def is_secret(name: str) -> bool:
    return bool(SECRET.search(name)) and not HARMLESS.search(name)


def shown(probe: Any) -> Any:
    """A probe as it may be logged."""
    if not isinstance(probe, Mapping):
        return HIDDEN
    return {str(name): _shown(str(name), value) for name, value in probe.items()}


def _shown(name: str, value: Any) -> Any:
    if name == "headers" and isinstance(value, Mapping):
        return {header: HIDDEN if is_secret(str(header)) else text for header, text in value.items()}
    if name in ("url", "path", "proxy") and isinstance(value, str):
        return clean_url(value)
    return HIDDEN if name == "headers" else value


def clean_url(url: str) -> str:
    """Without user, password and the values of parameters that look like secrets."""
    bare = _USERINFO.sub("", url)
    return _QUERY.sub(lambda found: f"{found[1]}{found[2]}={HIDDEN if is_secret(found[2]) else found[3]}", bare)


def secrets_of(probe: Any) -> set[str]:
    """The texts that must not be shown, wherever a server may have put them."""
    return {text for text in _secrets(probe) if len(text) >= SHORTEST} if isinstance(probe, Mapping) else set()


def _secrets(probe: Mapping[Any, Any]) -> Iterator[str]:
    headers = probe.get("headers")
    for name, value in headers.items() if isinstance(headers, Mapping) else ():
        if is_secret(str(name)):
            yield str(value)
            # "Bearer TOKEN": the token alone is what a server would repeat.
            yield from str(value).split()[1:]
    for name in ("url", "path", "proxy"):
        text = probe.get(name)
        if isinstance(text, str):
            yield from (found[3] for found in _QUERY.finditer(text) if is_secret(found[2]))
            yield from (part for user in _USERINFO.findall(text) for part in user[:-1].split(":")[1:])


def without(text: str, secrets: set[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def cleaned(value: Any, secrets: set[str]) -> Any:
    """The same without secrets, however deep they are."""
    if isinstance(value, Mapping):
        return {name: cleaned(part, secrets) for name, part in value.items()}
    if isinstance(value, list):
        return [cleaned(part, secrets) for part in value]
    return without(value, secrets) if isinstance(value, str) else value
