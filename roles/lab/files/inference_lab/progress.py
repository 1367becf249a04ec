# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line a step with elapsed seconds: a live counter on a terminal, a sign of life now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

SIGN_OF_LIFE = 30.0


class Step:
    """A running step. `tick` as often as you like, `done` or `failed` once."""

    def __init__(self, name: str, stream: TextIO | None = None) -> None:
        self.name = name
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.began = self.spoken = time.monotonic()
        self.tick()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def tick(self) -> None:
        now = time.monotonic()
        if self.live:
            self._write(f"\r{self.name} ... {self.elapsed:.0f} s")
        elif now - self.spoken >= SIGN_OF_LIFE:
            self.spoken = now
            self._write(f"{self.name} ... {self.elapsed:.0f} s so far\n")

    def done(self, word: str = "done") -> None:
        self._write(f"{self._clear()}{self.name} {word}, {self.elapsed:.1f} s\n")

    def failed(self) -> None:
        self._write(f"{self._clear()}{self.name} FAILED after {self.elapsed:.1f} s\n")

    def _clear(self) -> str:
        return "\r\033[K" if self.live else ""

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def say(text: str) -> None:
    """A plain line for a person; standard output stays free for what programs read."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
