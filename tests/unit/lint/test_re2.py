# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our reader of regular expressions agrees with RE2 itself."""

from __future__ import annotations

import re2
from ansible_collections.inference.gateway.plugins.module_utils.lint.re2 import fault
from ansible_collections.inference.gateway.plugins.module_utils.lint.re2_signs import PROPERTIES
from hypothesis import assume, example, given
from hypothesis import strategies as st

QUIET = re2.Options()
QUIET.log_errors = False


def pieces(words: str) -> list[str]:
    return words.split()


SIGNS = [*"abz09-_./|()[]{}^$*+?\\,:<>=! ", "é", "日", "\n"]
ESCAPES = pieces(r"\d \W \s \b \B \A \z \Z \Q \E \C \n \e \h \R \K \G \N{DIGIT \x41 \x{41} \x{110000} \x{ \x4 \u0041 \1 \12 \08 \0 \777 \_ \- \é")
CLASSES = pieces(r"[ [^ [] [^] ] [[:alpha:]] [:digit:] [:^word:] [:foo:] [[: [\w-z] [a-\d] [z-a] [--a] [\b] [\1] \pL \PN \p{Greek} \P{^Lu} \p{Foo} \p{ \p")
GROUPS = pieces("( ) (?: (?P<a> (?P<a>b) (?<a>b) (?P<a-b> (?P<é1> (?P<> (?P< (?i) (?-i) (?i-sU: (?-) (?--i) (?) (?x) (?u) (?-x)")
AROUND = pieces("(?= (?! (?<= (?<! (?> (?P=a) (?#c) (?(1) (?|")
COUNTS = pieces("{2} {0} {1,} {0,1} {,3} {40} {1000} {1001} {1,1001} {99999999999} {5,2} {01} {2,3}? { {} {,} *? ++ +? ?? ** a{40} (a{31}){32}")
PIECES = st.sampled_from([*SIGNS, *ESCAPES, *CLASSES, *GROUPS, *AROUND, *COUNTS])
SOUND = st.sampled_from([*"ab/|", *"ab/|", r"\d", "[a-c]", "[^/]", "(?:", "(", ")", ")", "(?P<n>", "(?i)", r"\pL", "*", "+", "?", "{2}", "{1,40}", "{30,}"])
"""Such as mostly go together, so that much of what is made of them is good."""

REFUSED = r"""/x\Z
/\u0041
/(?#c)x
/(a)?(?(1)b|c)
/(?x) a
/(?u)x
/(?a)x
/(?-x)a
/\h+
/\R
/.*\K
/\G
/\N{DIGIT ONE}
/[\1]
/[\b]
/[[:foo:]]
/\p{Letter}
/\p{Foo}(
/(?P<a-b>x)
/(a{40}){40}
/(?:a{1000}){2}
/a{999999999}
/a{1,999999999}
/[[:alnum:]+
/(?<n>x)[
/a**
/a\
/(?:a{0,1000})*{2}""".splitlines()
TAKEN = r"""/[\w-z]
/a{,2}
/a{01}
/a{1000000000}
/a{1,1000000000}
/{99999999999}
/\10
/(?:a{25}){40}
/(?:(?:a{31})*){32}
/\Q(?=[\E
/[]a]
/[^]a]
/[a-]
/(?:)|(?i)
/(?P<n>a)(?<n>b)
/^*$
/\p{^Greek}\PN\p{Any}""".splitlines()


def taken(expression: str) -> bool:
    """Asks RE2. That a program grows too large for its memory is no matter of syntax."""
    try:
        re2.compile(expression, QUIET)
    except re2.error as refused:
        return "too large" in str(refused)
    return True


@given(st.lists(PIECES, max_size=9).map("".join))
def test_any_mixture(expression: str) -> None:
    assert (fault(expression) is None) is taken(expression)


@given(st.lists(SOUND, max_size=14).map("".join))
def test_what_is_mostly_good(expression: str) -> None:
    assert (fault(expression) is None) is taken(expression)


@given(st.text(max_size=6).map(lambda name: f"(?P<{name}>a)"))
@example("(?P<a>b>a)")
def test_names_of_groups(expression: str) -> None:
    """In letters that both know, whatever version of Unicode each has."""
    assume(all(sign < "\u0870" and not "\ud800" <= sign <= "\udfff" for sign in expression))
    assert (fault(expression) is None) is taken(expression)


def test_what_was_let_through_once() -> None:
    assert [expression for expression in REFUSED if fault(expression) is None or taken(expression)] == []


def test_what_is_odd_and_good() -> None:
    assert [expression for expression in TAKEN if fault(expression) or not taken(expression)] == []


def test_all_classes_are_there() -> None:
    assert [name for name in sorted(PROPERTIES) if not taken(rf"\p{{{name}}}")] == []


def test_a_fault_says_what_to_do() -> None:
    faults = [found for expression in REFUSED if (found := fault(expression))]
    assert len(faults) == len(REFUSED)
    assert all(found.problem and found.remedy.endswith(".") for found in faults)
