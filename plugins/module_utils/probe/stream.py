# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an OpenAI stream: server-sent events whose data are JSON, the last one [DONE]. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stream:
    """Fed with the bytes as they come. ``body`` is the first event's JSON: it names the model."""

    began: float
    body: Any = None
    first: float | None = None
    events: int = 0
    tokens: int = 0
    done: bool = False
    error: str = ""
    rest: bytes = b""
    words: list[str] = field(default_factory=list)

    def feed(self, chunk: bytes, now: float) -> None:
        lines = (self.rest + chunk).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            if line.startswith(b"data:"):
                self._event(line[5:].strip(), now)

    def _event(self, data: bytes, now: float) -> None:
        if data == b"[DONE]":
            self.done = True
            return
        try:
            event = json.loads(data)
        except ValueError:
            self.error = f"an event is no JSON: {data.decode('utf-8', 'replace'):.120}"
            return
        if not isinstance(event, dict):
            return
        if event.get("error"):
            self.error = json.dumps(event["error"])[:300]
        self.body = event if self.body is None else self.body
        text = spoken(event)
        if text:
            self.first = now - self.began if self.first is None else self.first
            self.events += 1
            self.words.append(text)
        usage = event.get("usage")
        if isinstance(usage, dict) and isinstance(usage.get("completion_tokens"), int):
            self.tokens = usage["completion_tokens"]

    @property
    def text(self) -> str:
        return "".join(self.words)

    def result(self) -> dict[str, Any]:
        """Tokens are what the server counted, else the number of events that carried text."""
        found: dict[str, Any] = {"first": self.first, "tokens": self.tokens or self.events}
        if self.error:
            found |= {"error": "stream_error", "detail": self.error}
        elif not self.done:
            found |= {"error": "incomplete_stream", "detail": f"ended after {self.events} events without [DONE]"}
        return found


def spoken(event: dict[str, Any]) -> str:
    """The text that an event of chat or plain completions carries; reasoning counts, since it is generated too."""
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return ""
    delta = choice.get("delta")
    parts = delta if isinstance(delta, dict) else choice
    return str(parts.get("content") or parts.get("reasoning_content") or parts.get("reasoning") or parts.get("text") or "")
