# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error that a user of the lab sees: what is wrong, and what to do about it."""

from __future__ import annotations


class LabError(Exception):
    """Something that the lab cannot go on with."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  what to do: {self.hint}" if self.hint else self.message


class AddressInUseError(LabError):
    """A program died because somebody took its port between our choosing it and its listening."""
