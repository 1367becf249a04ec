# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What RE2, the engine of Envoy, accepts as a regular expression. Pure; reads syntax only, and builds nothing.

Written from https://github.com/google/re2/wiki/Syntax and held against RE2 itself in the tests. Two things are not looked at: how large the program
becomes that RE2 makes of an expression, and Unicode scripts that are newer than this list.
"""

from __future__ import annotations

import unicodedata

from .re2_signs import CANNOT, INSTEAD_OF_LOOKING, NAME_CATEGORIES, Fault, RefusedError, Signs

MOST_REPEATS = 1000
MOST_DIGITS = 9
"""A count with more is none to RE2, which then takes its brace as it stands."""
EMPTY_OR_SET = frozenset("bBAzCdDsSwW")
QUANTIFIERS = frozenset("*+?")
LACKING = dict.fromkeys(("(?=", "(?!", "(?<=", "(?<!"), "looks ahead or behind") | {"(?>": "has an atomic group", "(?P=": "refers back to a group"}


def fault(expression: str) -> Fault | None:
    """Why RE2 refuses an expression; None where it takes it."""
    try:
        _Parser(expression).read()
    except RefusedError as refused:
        return refused.fault
    return None


class _Group:
    """What of a group, or of the whole expression, is needed to judge what follows."""

    def __init__(self) -> None:
        self.most = 1
        """How often the innermost part of it is repeated, as its counts multiply."""
        self.last: int | None = None
        """The same of what a quantifier would be about; None where there is nothing."""

    def push(self, repeats: int = 1) -> None:
        self.last = repeats
        self.most = max(self.most, repeats)


class _Parser(Signs):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.groups = [_Group()]
        self.repeated = False
        """Whether a quantifier stands right before."""

    def read(self) -> None:
        while self.at < len(self.text):
            sign = self.text[self.at]
            repeated, self.repeated = self.repeated, False
            if sign in QUANTIFIERS:
                self.quantifier(self.take(), repeated)
            elif sign == "{":
                self.counted(repeated)
            elif sign == "(":
                self.opened()
            elif sign == ")":
                self.closed()
            elif sign == "|":
                self.take()
                self.groups[-1].last = None
            else:
                self.atom(sign)
        if len(self.groups) > 1:
            raise RefusedError("has a ( that nothing closes")

    def atom(self, sign: str) -> None:
        if sign == "[":
            self.bracket()
            self.groups[-1].push()
        elif sign == "\\":
            self.backslash()
        else:
            self.take()
            self.groups[-1].push()

    def quantifier(self, sign: str, repeated: bool) -> None:
        if self.ahead("?"):
            self.take()
        self._stacked(sign, repeated)
        self._argument(sign)
        self.repeated = True

    def _stacked(self, sign: str, repeated: bool) -> None:
        if repeated and sign == "+":
            raise RefusedError(f"has a possessive quantifier ({self.shown(self.at - 2)}), {CANNOT}", foreign=True)
        if repeated:
            raise RefusedError(f"has two quantifiers in a row ({self.shown(self.at - len(sign) - 1)})")

    def _argument(self, sign: str) -> int:
        found = self.groups[-1].last
        if found is None:
            raise RefusedError(f"has nothing to repeat before {sign}")
        return found

    def counted(self, repeated: bool) -> None:
        """A count, or a brace that means itself because what follows is none."""
        start = self.at
        self.take()
        least, most = self._number(), None
        if least is not None and self.ahead(","):
            self.take()
            most = -1 if self.ahead("}") else self._number()
        elif least is not None:
            most = least
        if least is None or most is None or not self.ahead("}"):
            self.at = start + 1
            self.groups[-1].push()
            return
        self.take()
        sign = self.text[start : self.at]
        if self.ahead("?"):
            self.take()
        if repeated:
            raise RefusedError(f"has two quantifiers in a row ({self.shown(start - 1)})")
        if max(least, most) > MOST_REPEATS:
            raise RefusedError(f"repeats more than {MOST_REPEATS} times, which RE2 refuses", "Write a smaller count, or * or +.")
        if 0 <= most < least:
            raise RefusedError(f"counts downwards ({sign})")
        self._times(sign, most if most >= 0 else least)

    def _times(self, sign: str, count: int) -> None:
        repeats = self._argument(sign) * max(count, 1)
        if count > 1 and repeats > MOST_REPEATS:
            raise RefusedError(f"repeats {repeats} times, as its counts multiply, and RE2 refuses more than {MOST_REPEATS}", "Write * or + for one of them.")
        self.groups[-1].push(repeats)
        self.repeated = True

    def _number(self) -> int | None:
        end = self.at
        while end < len(self.text) and self.text[end] in "0123456789":
            end += 1
        digits = self.text[self.at : end]
        if not digits or len(digits) > MOST_DIGITS or (len(digits) > 1 and digits[0] == "0"):
            return None
        self.at = end
        return int(digits)

    def opened(self) -> None:
        if not self.text.startswith("(?", self.at):
            self.take()
            self.groups.append(_Group())
            return
        if lacking := next((start for start in LACKING if self.ahead(start)), ""):
            raise RefusedError(f"{LACKING[lacking]} ({lacking}), {CANNOT}", INSTEAD_OF_LOOKING, foreign=True)
        if self.ahead("(?P<") or self.ahead("(?<"):
            self.named()
        else:
            self.flags()

    def named(self) -> None:
        start = self.text.index("<", self.at) + 1
        end = self.text.find(">", start)
        name = self.text[start : max(end, start)]
        if end < 0 or not name or not all(unicodedata.category(sign).startswith(NAME_CATEGORIES) for sign in name):
            raise RefusedError(f"names a group {name!r:.40}", "A name is made of letters, digits and _, and ends with >.")
        self.at = end + 1
        self.groups.append(_Group())

    def flags(self) -> None:
        """Flags for what follows, or for a group that is not kept."""
        start = self.at
        self.take(2)
        negated = flagged = False
        while (sign := self.take()) in ("i", "m", "s", "U", "-"):
            if sign == "-" and negated:
                break
            negated, flagged = negated or sign == "-", sign != "-"
        if sign not in (":", ")") or (negated and not flagged):
            remedy = "It knows (?: for a group that is not kept, (?P<name> for one with a name, and the flags i, m, s and U."
            raise RefusedError(f"has {self.shown(start)}, which RE2 does not know", remedy, foreign=True)
        if sign == ":":
            self.groups.append(_Group())

    def closed(self) -> None:
        self.take()
        if len(self.groups) == 1:
            raise RefusedError("has a ) that nothing opens")
        self.groups[-2].push(self.groups.pop().most)

    def backslash(self) -> None:
        sign = self.text[self.at + 1 : self.at + 2]
        if sign == "Q":
            self._quoted()
        elif sign and sign in EMPTY_OR_SET:
            self.take(2)
            self.groups[-1].push()
        elif sign and sign in "pP":
            self.unicode_class()
            self.groups[-1].push()
        else:
            self.escape()
            self.groups[-1].push()

    def _quoted(self) -> None:
        end = self.text.find("\\E", self.at + 2)
        if end != self.at + 2 and self.at + 2 < len(self.text):
            self.groups[-1].push()
        self.at = len(self.text) if end < 0 else end + 2
