# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an entry stands that was read from a file. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .errors import InputError, Issue
from .objects import Desired


class Places:
    """Issues and origins speak of ``option[i]``; entries read from files stand somewhere else, and that is what the user has to see."""

    def __init__(self, option: str, places: Sequence[str]) -> None:
        self.pattern = re.compile(rf"\b{re.escape(option)}\[(\d+)\]")
        self.places = places

    def __enter__(self) -> Places:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, InputError):
            raise InputError(Issue(self.told(issue.where), self.told(issue.problem), issue.remedy) for issue in error.issues) from error

    def there(self, items: list[Desired]) -> list[Desired]:
        return [Desired(item.obj, self.told(item.origin), item.entry) for item in items]

    def told(self, where: str) -> str:
        return self.pattern.sub(lambda match: self.places[int(match[1])] if int(match[1]) < len(self.places) else match[0], where)
