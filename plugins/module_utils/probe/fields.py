# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that only probes have: shares, one or several of a thing, bodies, JMESPath expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..models.codecs import Codec, Report, shown

T = TypeVar("T")


@dataclass(frozen=True)
class Number:
    """A number with a fraction, inside a range; ``above`` itself is outside of it."""

    above: float
    most: float
    what: str = "a number"
    doc_type: str = "float"
    elements: str | None = None

    def read(self, value: object, where: str, report: Report) -> float | None:
        number = value
        if isinstance(value, str):
            try:
                number = float(value)
            except ValueError:
                number = None
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            report.add(where, f"expected {self.what}, got {shown(value)}.")
            return None
        if not self.above < number <= self.most:
            report.add(where, f"expected {self.what} above {self.above:g} and at most {self.most:g}, got {shown(number)}.")
            return None
        return float(number)


@dataclass(frozen=True)
class Some(Generic[T]):
    """A list, or one value in place of a list of one."""

    item: Codec[T]
    doc_type: str = "list"

    @property
    def elements(self) -> str | None:
        return self.item.doc_type

    def read(self, value: object, where: str, report: Report) -> tuple[T, ...] | None:
        if not isinstance(value, (list, tuple)):
            one = self.item.read(value, where, report)
            return None if one is None else (one,)
        read = [self.item.read(item, f"{where}[{index}]", report) for index, item in enumerate(value)]
        good = tuple(item for item in read if item is not None)
        return good if len(good) == len(read) else None


@dataclass(frozen=True)
class Body:
    """Text as it is, or anything else that is sent as JSON."""

    doc_type: str = "raw"
    elements: str | None = None

    def read(self, value: object, where: str, report: Report) -> Any:
        if isinstance(value, (str, dict, list)):
            return value
        report.add(where, f"expected text, a dictionary or a list, got {shown(value)}.")
        return None


@dataclass(frozen=True)
class Expression:
    """A JMESPath expression."""

    what: str = "a JMESPath expression"
    doc_type: str = "str"
    elements: str | None = None

    def read(self, value: object, where: str, report: Report) -> str | None:
        import jmespath

        if not isinstance(value, str) or not value:
            report.add(where, f"expected {self.what}, got {shown(value)}.", 'Write for example headers."x-served-by".')
            return None
        try:
            jmespath.compile(str(value))
        except jmespath.exceptions.JMESPathError as error:
            report.add(where, f"is no JMESPath expression: {error!s:.200}", 'Names with - stand in double quotes: headers."x-served-by".')
            return None
        return str(value)
