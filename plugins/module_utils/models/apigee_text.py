# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of text that Apigee knows, each with words and an example for its error.

Names follow https://docs.cloud.google.com/apigee/docs/api-platform/reference/naming-guidelines and Google's discovery document of ``apigee`` v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .apigee import MARKS, MOST_ATTRIBUTES, SLOT
from .codecs import ListOf, MapOf, Report, Text, Whole

MOST_OWN = MOST_ATTRIBUTES - len(MARKS)
"""So many attributes a user has: two of those that Apigee takes are our marks."""
RESERVED = (*MARKS, SLOT)
HUGE = 10**18 - 1
NEVER = -1

PRODUCT_NAME = Text(
    "a product's name of letters, digits, blanks and ._-$%, without blanks at its ends",
    r"(?!\.{1,2}$)[A-Za-z0-9_.$%-]([A-Za-z0-9_.$% -]*[A-Za-z0-9_.$%-])?",
    100,
    "llama-gold",
)
APP_NAME = Text(
    "an app's name that begins with a letter or digit and holds letters, digits, blanks and ._-#$%",
    r"[A-Za-z0-9]([A-Za-z0-9_.#$% -]*[A-Za-z0-9_.#$%-])?",
    255,
    "chat",
)
SHOWN_NAME = Text("a name to show, without line breaks", r"[^\r\n]+", 100, "Llama, gold")
PERSON = Text("a name without line breaks", r"[^\r\n]+", 64, "Ann")
DESCRIPTION = Text("a description", "", 4096, empty=True)
PROXY = Text("the name of an API proxy or remote service", r"[^\s/]([^\r\n/]*[^\s/])?", 255, "chat-completions")
ENVIRONMENT = Text("the name of an environment: letters, digits, blanks and ._-", r"[A-Za-z0-9_.-]([A-Za-z0-9_. -]*[A-Za-z0-9_.-])?", 255, "prod")
SPACE = Text("the id of a Space", r"[A-Za-z0-9_.-]+", 255, "team-a")
PATH = Text("a path that begins with '/', in which '*' stands for one part and '**' for all that follows", r"/[!-+\--~]*", 2048, "/v1/chat/completions")
SCOPE = Text("an OAuth scope without blanks, commas and quotes", r"[!#-+\--\[\]-~]+", 256, "completions.write")
METHOD = Text("an HTTP method in upper case", choices=("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"))
UNIT = Text("a unit of time", choices=("minute", "hour", "day", "month"))
LIMIT = Whole(0, HUGE, "a whole number")
INTERVAL = Whole(1, HUGE, "a whole number")
SCOPES = ListOf(SCOPE, 256, unique=True)
SECONDS = Whole(NEVER, 10**12, "a number of seconds, or -1 for never")


@dataclass(frozen=True)
class Email(Text):
    """An email address as Apigee takes it: in lower case, and of characters that mean nothing else in a path."""

    what: str = "an email address in lower case"
    pattern: str = r"[a-z0-9!#$%&'*+=?^_`{|}~.-]+@[a-z0-9]([a-z0-9.-]*[a-z0-9])?"
    longest: int = 254
    example: str = "ann@example.com"

    def read(self, value: object, where: str, report: Report) -> str | None:
        if isinstance(value, str) and value != value.lower() and super().read(value.lower(), where, Report()) is not None:
            # The words of the server. To fold it here would let two entries mean one developer.
            report.add(where, f"email address has to be lowercase, and Apigee refuses {value!r}.", f"Write {value.lower()}.")
            return None
        return super().read(value, where, report)


EMAIL = Email()


def too_many(found: Mapping[str, str], where: str, report: Report) -> None:
    there = sum(1 for part in found.values() if part)
    if there > MOST_OWN:
        problem = f"has {there} attributes; Apigee takes {MOST_ATTRIBUTES}, and {len(MARKS)} of them are our marks, which leaves {MOST_OWN}."
        report.add(where, problem, "Join some into one.")


@dataclass(frozen=True)
class Attributes(MapOf[str]):
    """Attributes of an entity. One that is null or empty has to be gone. ``taken`` says what to write for a name that has a field of its own."""

    taken: tuple[tuple[str, str], ...] = ()

    def read(self, value: object, where: str, report: Report) -> dict[str, str] | None:
        given = {name: "" if part is None else part for name, part in value.items()} if isinstance(value, Mapping) else value
        before = len(report.issues)
        found = super().read(given, where, report) or {}
        for name in found:
            if name in RESERVED:
                report.add(f"{where}[{name}]", "is a mark by which this collection knows its own.", "Choose another name.")
        for name, remedy in self.taken:
            if name in found:
                report.add(f"{where}[{name}]", "has a field of its own.", remedy)
        too_many(found, where, report)
        return found if len(report.issues) == before else None


ATTRIBUTE_NAME = Text("an attribute's name", r"[^\r\n]+", 1024, "team")
ATTRIBUTE_VALUE = Text("an attribute's text", "", 2048, '"platform"', empty=True)


def attributes(*taken: tuple[str, str]) -> Attributes:
    return Attributes(key=ATTRIBUTE_NAME, value=ATTRIBUTE_VALUE, most=256, taken=taken)


ATTRIBUTES = attributes()
