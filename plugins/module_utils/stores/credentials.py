# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why credentials do not work, read off themselves: when a token or certificate was valid, and what a credential plugin complained about.

Nothing here shows a credential, nor decides whether it is good: that is the server's business.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

CLOCK = "Set the clock of this machine, or ask whoever issued it"


def told_by_token(bearer: str, now: datetime) -> str:
    """Why a token (with or without the word Bearer) may have been refused; empty when it does not tell."""
    claims = _claims(bearer.rpartition(" ")[2])
    begins, ends = (_moment(claims.get(name)) for name in ("nbf", "exp"))
    if ends is not None and ends <= now:
        return f"the token expired at {shown(ends)}. Fetch a new one; one that a kubeconfig holds is renewed by logging in again."
    if begins is not None and begins > now:
        return f"the token is not valid before {shown(begins)}, and the clock of this machine says {shown(now)}. {CLOCK}."
    return ""


def told_by_certificate(pem: bytes, now: datetime) -> str:
    """The same of a client certificate."""
    try:
        from cryptography import x509  # here: it takes long to load, and only this looks at dates
    except ImportError:
        return ""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError:
        return ""
    begins, ends = (_utc(certificate, name) for name in ("not_valid_before", "not_valid_after"))
    if ends <= now:
        return f"the client certificate expired at {shown(ends)}. Have it renewed, or fetch the kubeconfig anew."
    if begins > now:
        return f"the client certificate is not valid before {shown(begins)}, and the clock of this machine says {shown(now)}. {CLOCK}."
    return ""


def shown(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _utc(certificate: Any, name: str) -> datetime:
    """Older versions of the library know moments without a time zone only, newer ones warn of them."""
    aware: datetime | None = getattr(certificate, f"{name}_utc", None)
    return aware or getattr(certificate, name).replace(tzinfo=UTC)


@contextmanager
def complaints() -> Iterator[list[str]]:
    """What is logged as an error within the block: the Kubernetes client goes on without credentials when a plugin fails, and only logs why."""
    told: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())

    listener = Listener(logging.ERROR)
    logging.getLogger().addHandler(listener)
    try:
        yield told
    finally:
        logging.getLogger().removeHandler(listener)


def _claims(token: str) -> dict[str, Any]:
    """What a JWT says of itself; empty for any other token."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _moment(seconds: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
