# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands for characters in an expression for RE2: escapes, classes, and the names that both have. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

HEX = frozenset("0123456789abcdefABCDEF")
OCTAL = frozenset("01234567")
ESCAPES = frozenset("nrtafv_")
"""Letters that mean a character after a backslash, and the one sign that counts as a letter elsewhere."""
SETS = frozenset("dDsSwW")
POSIX = frozenset(re.findall("[a-z]+", "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit"))
PROPERTIES = frozenset(
    re.findall(
        r"\w+",
        """Any C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs Adlam Ahom Anatolian_Hieroglyphs Arabic
    Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian
    Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra
    Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Han Hangul
    Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada
    Katakana Kawi Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani
    Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi
    Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian
    Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene
    Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng
    Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh
    Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square""",
    )
)
"""Unicode's general categories and scripts, as RE2 names them."""
NAME_CATEGORIES = ("L", "Nl", "Mn", "Mc", "Nd", "Pc")
"""What the name of a group may be made of."""


CANNOT = "which RE2 cannot do"
INSTEAD_OF_LOOKING = "Write what is wanted instead of what is not, or give the exceptions a rule of their own with a longer path."
SYNTAX = "https://github.com/google/re2/wiki/Syntax says what RE2 knows."
MEANT = "Mind that . * + ? ( ) [ ] { } | have to be written as \\. and so on to mean themselves."
INSTEAD = {
    "Z": "Write \\z, or nothing: a match has to be of the whole value anyway.",
    "u": "Write the character's number as \\x{41}.",
    "N": "Write the character's number as \\x{41}.",
    "h": "Write [ \\t].",
    "R": "Write (?:\\r\\n|\\n).",
    "e": "Write \\x1b.",
    "K": "Leave it out: only whether there is a match counts.",
    "G": "Leave it out: a match has to be of the whole value anyway.",
}


class Fault(NamedTuple):
    """Why RE2 refuses an expression. ``foreign``: another engine would know what is meant."""

    problem: str
    remedy: str
    foreign: bool


class RefusedError(Exception):
    """Ends the reading of an expression."""

    def __init__(self, problem: str, remedy: str = "", foreign: bool = False) -> None:
        super().__init__(problem)
        self.fault = Fault(problem, remedy or (SYNTAX if foreign else MEANT), foreign)


class Signs:
    """Reads what stands for characters, from ``at`` on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def ahead(self, words: str) -> bool:
        return self.text.startswith(words, self.at)

    def take(self, count: int = 1) -> str:
        found = self.text[self.at : self.at + count]
        self.at += count
        return found

    def shown(self, start: int) -> str:
        return self.text[max(start, 0) : self.at]

    def unicode_class(self) -> None:
        start = self.at
        self.take(2)
        if self.ahead("{"):
            end = self.text.find("}", self.at)
            name, self.at = self.text[self.at + 1 : max(end, self.at + 1)], len(self.text) if end < 0 else end + 1
        else:
            name = self.take()
        if name.removeprefix("^") not in PROPERTIES:
            problem = f"asks for the class {self.shown(start):.40}, which RE2 does not know"
            raise RefusedError(problem, "It knows general categories and scripts of Unicode by names such as \\pL, \\p{Lu} and \\p{Greek}.", foreign=True)

    def escape(self) -> str:
        """One character after a backslash."""
        start = self.at
        self.take()
        sign = self.take()
        if not sign:
            raise RefusedError("ends with a single backslash")
        if sign == "x":
            return self._hexadecimal(start)
        if sign == "0" or (sign in OCTAL and self.text[self.at : self.at + 1] in OCTAL and self.at < len(self.text)):
            digits = sign
            while len(digits) < 3 and self.at < len(self.text) and self.text[self.at] in OCTAL:
                digits += self.take()
            return chr(int(digits, 8))
        if sign in "123456789":
            raise RefusedError(f"refers back to a group (\\{sign}), {CANNOT}", INSTEAD_OF_LOOKING, foreign=True)
        if not sign.isascii() or (sign.isalnum() and sign not in ESCAPES):
            raise RefusedError(f"has the escape \\{sign}, which RE2 does not know", INSTEAD.get(sign, ""), foreign=True)
        return {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "f": "\f", "v": "\v"}.get(sign, sign)

    def _hexadecimal(self, start: int) -> str:
        if self.ahead("{"):
            end = self.text.find("}", self.at)
            digits, self.at = self.text[self.at + 1 : max(end, 0)], max(end, self.at) + 1
            good = end >= 0 and bool(digits)
        else:
            digits = self.take(2)
            good = len(digits) == 2
        if not good or not HEX.issuperset(digits) or int(digits, 16) > 0x10FFFF:
            raise RefusedError(f"has {self.shown(start):.40}, which is no character by its number", "Write it as \\x7F or \\x{10FFFF}.")
        return chr(int(digits, 16))

    def bracket(self) -> None:
        """A class in brackets. A ] right at its beginning means itself."""
        self.take()
        if self.ahead("^"):
            self.take()
        first = True
        while self.at < len(self.text) and (first or not self.ahead("]")):
            first = False
            if not (self._posix() or self._set()):
                self._range()
        if self.at >= len(self.text):
            raise RefusedError("has a [ that nothing closes")
        self.take()

    def _posix(self) -> bool:
        end = self.text.find(":]", self.at + 2) if self.ahead("[:") else -1
        if end < 0:
            return False
        name = self.text[self.at + 2 : end]
        if name.removeprefix("^") not in POSIX:
            raise RefusedError(f"asks for a class of characters that there is not ([:{name:.40}:])")
        self.at = end + 2
        return True

    def _set(self) -> bool:
        sign = self.text[self.at + 1 : self.at + 2] if self.ahead("\\") else ""
        if sign and sign in "pP":
            self.unicode_class()
        elif sign and sign in SETS:
            self.take(2)
        else:
            return False
        return True

    def _range(self) -> None:
        start = self.at
        low = self._member()
        if not self.ahead("-") or self.text[self.at + 1 : self.at + 2] in ("", "]"):
            return
        self.take()
        if self._member() < low:
            raise RefusedError(f"has a range that runs backwards ({self.shown(start)})")

    def _member(self) -> str:
        return self.escape() if self.ahead("\\") else self.take()
