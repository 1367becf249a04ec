# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One value at a time: what is read, and what an error says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.models import text
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_app import App
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_developer import Developer
from ansible_collections.inference.gateway.plugins.module_utils.models.apigee_product import Product
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Codec, Flag, ListOf, MapOf, Report, Text, Whole
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import (
    Identity,
    Nested,
    Short,
    codec_of,
    declared,
    entries_of,
    identities,
    optional,
    required,
)
from ansible_collections.inference.gateway.plugins.module_utils.models.gateway import Gateway
from ansible_collections.inference.gateway.plugins.module_utils.models.objective import Objective
from ansible_collections.inference.gateway.plugins.module_utils.models.pool import Pool
from ansible_collections.inference.gateway.plugins.module_utils.models.route import Route


@dataclass(frozen=True, kw_only=True)
class Wheel:
    size: int = required(Whole(1, 30, "inches"))
    maker: str | None = optional(Text("a maker", choices=("Ada", "Bob")), key="from")
    on: bool | None = optional(Flag())

    HINTS = {"diameter": "Write size."}  # noqa: RUF012


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Known by its car and its place there, not by a name."""

    car: str = required(Text("a car", "[a-z]+"))
    place: int = required(Whole(1, 9))

    IDENTITY: ClassVar[Identity] = Identity((("car", Text("a car", "[a-z]+")), ("place", Text("a place", "[1-9]"))))


class Tagged(str):
    """Stands for the strings of ansible-core, which are no plain str."""

    __slots__ = ()


def read(codec: Codec[Any], value: object) -> tuple[Any, list[str]]:
    report = Report()
    return codec.read(value, "here", report), [str(issue) for issue in report.issues]


@pytest.mark.parametrize(
    ("codec", "value", "wanted"),
    [
        (text.PORT, 80, 80),
        (text.PORT, "80", 80),
        (text.PORT, Tagged(" 80 "), 80),
        (Whole(-5, 5), "-5", -5),
        (Flag(), True, True),
        (Flag(), "False", False),
        (Flag(), Tagged("yes"), True),
        (text.NAME, Tagged("chat"), "chat"),
        (text.HEADER_VALUE, 7, "7"),
        (text.HEADER_VALUE, "a b", "a b"),
        (text.DURATION, "1h2m3s4ms", "1h2m3s4ms"),
        (text.HOSTNAME, "*.example.com", "*.example.com"),
        (ListOf(text.PORT, 2), ["1", 2], (1, 2)),
        (MapOf(text.HEADER_NAME, text.HEADER_VALUE), {"A": 1}, {"A": "1"}),
        (Nested(Wheel), {"size": "7", "from": None}, Wheel(size=7)),
        (Nested(Wheel), {"size": 7, "from": "Ada"}, Wheel(size=7, maker="Ada")),
        # YAML 1.1 makes a boolean of the plain key, and Ansible a word of that boolean.
        (Nested(Wheel), {"size": 7, True: "true"}, Wheel(size=7, on=True)),
        (Nested(Wheel), {"size": 7, "true": False}, Wheel(size=7, on=False)),
        (Short(Wheel, "size"), "7", Wheel(size=7)),
        (Short(Wheel, "size"), {"size": 7}, Wheel(size=7)),
    ],
)
def test_reads(codec: Codec[Any], value: object, wanted: object) -> None:
    found, issues = read(codec, value)
    assert (found, issues) == (wanted, [])
    assert not isinstance(found, Tagged)


@pytest.mark.parametrize(
    ("codec", "value", "words"),
    [
        (text.PORT, 0, "here: expected a port from 1 to 65535, got the number 0."),
        (text.PORT, "http", "here: expected a port, got 'http'."),
        (text.PORT, True, "here: expected a port, got the boolean true."),
        (text.PORT, 80.0, "here: expected a port, got the number 80.0."),
        (text.PORT, "9" * 5000, "here: expected a port, got '999"),
        (text.PORT, 10**400, "got a very long number."),
        (Flag(), "maybe", "here: expected true or false, got 'maybe'."),
        (text.NAME, True, "got the boolean true. Put it in quotes"),
        (text.NAME, 1.10, "got the number 1.1. Put it in quotes"),
        (text.NAME, "", "here: is empty; expected a name"),
        (text.NAME, "Chat", "here: expected a name of lower case letters, digits, '-' and '.'; got 'Chat'. Write for example chat."),
        (text.NAME, "a" * 254, "here: has 254 characters; at most 253 are allowed."),
        (text.NAME, ["chat"], "got a list."),
        (text.HOSTNAME, "https://example.com/", "without scheme, port or path; got 'https://example.com/'."),
        (text.DURATION, 300, "expected a duration of h, m, s and ms; got '300'. Write for example 300s."),
        (text.QUERY_VALUE, "a\x00b", "here: holds characters that cannot be printed."),
        (text.QUERY_VALUE, "\ud800", "here: holds characters that cannot be printed."),
        (text.HEADER_VALUE, "a" * 40 + " ", "here: expected a header value of printable ASCII without blanks at its ends"),
        (ListOf(text.PORT, 2), 80, "here: expected a list, got the number 80. Put it in [ ]."),
        (ListOf(text.PORT, 2), [1, 2, 3], "here: has 3 items; at most 2 are allowed."),
        (ListOf(text.PORT, 2, least=1), [], "here: has 0 items; at least 1 must be given."),
        (ListOf(text.PORT, 3, unique=True), [1, 2, "1"], "here[2]: the number 1 is there twice. Keep one."),
        (ListOf(text.PORT, 2), [1, None], "here[1]: expected a port, got nothing (null)."),
        (MapOf(text.HEADER_NAME, text.HEADER_VALUE), ["a"], "here: expected a dictionary of a header name and value, got a list."),
        (MapOf(text.HEADER_NAME, text.HEADER_VALUE), {"a b": "c"}, "here[a b]: expected a header name; got 'a b'."),
        (MapOf(text.HEADER_NAME, text.HEADER_VALUE, most=1), {"a": "b", "c": "d"}, "here: has 2 entries; at most 1 are allowed."),
        (MapOf(text.HEADER_NAME, text.HEADER_VALUE, fold=True), {"A": "b", "a": "b"}, "here[a]: is the same as 'A': upper and lower case do not count."),
        (Nested(Wheel), "7", "here: expected a dictionary, got '7'. It may hold size, from, on."),
        (Nested(Wheel), {}, "here: size is missing. Write size: followed by a whole number."),
        (Nested(Wheel), {"size": None}, "here: size is missing."),
        (Nested(Wheel), {"size": 7, "sise": 8}, "here: unknown field sise. Did you mean size?"),
        (Nested(Wheel), {"size": 7, "diameter": 8}, "here: unknown field diameter. Write size."),
        (Nested(Wheel), {"size": 7, "colour": 8}, "here: unknown field colour. Known are size, from, on."),
        (Nested(Wheel), {"size": 7, "from": "Eve"}, "here.from: expected one of Ada, Bob; got 'Eve'."),
        (Nested(Wheel), {"size": 7, 3: 4}, "here: unknown field 3."),
    ],
)
def test_refuses(codec: Codec[Any], value: object, words: str) -> None:
    found, issues = read(codec, value)
    assert words in "\n".join(issues)
    assert found is None or "twice" in words


def test_all_errors_of_all_entries_are_gathered() -> None:
    report = Report()
    entries = entries_of(Wheel, [{"name": "a", "size": 0}, {"name": "b", "size": 7}, 5, {"size": 1}], "wheels", "default", report)
    assert entries == []
    assert [issue.where for issue in report.issues] == ["wheels[0] (a)", "wheels[0] (a).size", "wheels[1] (b)", "wheels[2]", "wheels[3]"]


def test_identities_look_at_nothing_but_who_it_is() -> None:
    entries = [{"name": "a"}, {"name": "b", "namespace": "x", "whatever": 1}, {"name": 7}]
    assert identities(entries, "wheels", "default") == ["default/a", "x/b", "default/7"]


def test_identities_refuse_what_names_nothing_or_the_same() -> None:
    entries = [{"name": "a"}, {"name": "a", "namespace": "default"}, {"name": None}, "a", {"name": "A"}, {"name": "a", "namespace": "x.y"}]
    with pytest.raises(InputError) as caught:
        identities(entries, "wheels", "default")
    lines = [str(issue) for issue in caught.value.issues]
    assert lines[0].startswith("wheels[1] (a): default/a is declared twice; the first is wheels[0] (a).")
    assert [line.partition(": ")[0] for line in lines[1:]] == ["wheels[2]", "wheels[3]", "wheels[4] (A).name", "wheels[5] (a).namespace"]


def test_entries_may_be_known_by_other_fields_than_a_name() -> None:
    report = Report()
    entries = entries_of(Seat, [{"car": "vw", "place": 1}, {"car": "vw", "place": 2}, {"place": 2, "car": "vw"}, {"car": "V"}, 5], "seats", "default", report)
    assert [(entry.origin, entry.namespace, entry.name, entry.key) for entry in entries] == [
        ("seats[0] (vw/1)", "", "vw/1", "/vw/1"),
        ("seats[1] (vw/2)", "", "vw/2", "/vw/2"),
    ]
    assert [str(issue) for issue in report.issues] == [
        "seats[2] (vw/2): vw/2 is declared twice; the first is seats[1] (vw/2). Rename one, or join the two into one entry.",
        "seats[3].car: expected a car; got 'V'.",
        "seats[3]: place is missing. Write place: followed by a place.",
        "seats[4]: expected a dictionary with car and place.",
    ]
    assert identities([{"car": "vw", "place": "3", "whatever": 1}], "seats", "default", Seat) == ["/vw/3"]


def texts_of(cls: type) -> Iterator[Text]:
    """Every form of text that a kind's fields have, at any depth."""
    for item in declared(cls).values():
        pending: list[Any] = [codec_of(item)]
        while pending:
            codec = pending.pop()
            if isinstance(codec, Text):
                yield codec
            elif isinstance(codec, (Nested, Short)):
                yield from texts_of(codec.cls)
            else:
                pending += [getattr(codec, name) for name in ("item", "key", "value") if hasattr(codec, name)]


@pytest.mark.parametrize("unit", ["a", "a-", "a.", "a b", "-", "1h", "%20", "/a", "*."])
def test_no_form_of_text_takes_long_to_refuse(unit: str) -> None:
    """A pattern that can match the same text in many ways would hang on long bad input."""
    codecs = {codec for cls in (Route, Gateway, Pool, Objective, Product, Developer, App) for codec in texts_of(cls)}
    assert len(codecs) > 30
    # The short text first: what grows by powers is seen there in seconds and would never come back from the long one.
    for longest in (29, 5000):
        started = time.process_time()
        for codec in codecs:
            codec.read((unit * codec.longest)[: min(codec.longest, longest) - 1] + "\n", "here", Report())
        assert time.process_time() - started < 2
