# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the audit log: who asked the API server for what.

Programs are told apart by the user agent that they send (kubectl, helm, a Python client), people by their user name.
The lab's own programs do not appear: the audit policy leaves them out.
"""

from __future__ import annotations

import datetime
import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .api import Api
from .errors import LabError

Event = dict[str, Any]


def now() -> datetime.datetime:
    """The moment to count from: remember it, act, then ask for the requests since."""
    return datetime.datetime.now(datetime.UTC)


def requests(
    log: Path, user_agent: str | None = None, user: str | None = None, since: datetime.datetime | str | None = None, verbs: tuple[str, ...] = ()
) -> list[Event]:
    """Events whose user agent contains USER_AGENT, of USER, received SINCE, with one of VERBS; one event a request."""
    moment = datetime.datetime.fromisoformat(since) if isinstance(since, str) else since
    return [event for event in events(log) if _fits(event, user_agent, user, moment, verbs)]


def _fits(event: Event, user_agent: str | None, user: str | None, since: datetime.datetime | None, verbs: tuple[str, ...]) -> bool:
    if user_agent is not None and user_agent not in event.get("userAgent", ""):
        return False
    if user is not None and user != event.get("user", {}).get("username"):
        return False
    if since is not None and datetime.datetime.fromisoformat(event["requestReceivedTimestamp"]) < since:
        return False
    return not verbs or event.get("verb") in verbs


def events(log: Path, skip: int = 0) -> Iterator[Event]:
    """Every finished request after SKIP bytes; a watch is counted once, when it starts, and not again when it ends."""
    seen: set[str] = set()
    with log.open("rb") as lines:
        lines.seek(skip)
        for line in lines:
            if not line.endswith(b"\n"):
                return  # being written just now
            event: Event = json.loads(line)
            if event["auditID"] not in seen:
                seen.add(event["auditID"])
                yield event


def flush(api: Api, log: Path, deadline: float = 10.0) -> None:
    """Until all that was answered before this call is in the log: a marker of our own is sent and waited for."""
    marker = f"inference-lab-marker/{uuid.uuid4().hex}"
    skip = log.stat().st_size
    api.request("GET", "/version", agent=marker)
    end = time.monotonic() + deadline
    while not any(event.get("userAgent") == marker for event in events(log, skip)):
        if time.monotonic() > end:
            raise LabError(f"the audit log {log} does not grow", "see whether the disk is full and kube-apiserver.log in the logs folder")
        time.sleep(0.02)
