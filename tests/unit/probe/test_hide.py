# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a probe is secret, and what a log may show."""

from __future__ import annotations

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.probe import hide


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("Authorization", True),
        ("apikey", True),
        ("x-api-key", True),
        ("Cookie", True),
        ("X-Auth-Token", True),
        ("client_secret", True),
        ("Password", True),
        ("OpenAI-Model", False),
        ("Content-Type", False),
        ("max_tokens", False),
    ],
)
def test_names_that_tell_of_secrets(name: str, secret: bool) -> None:
    assert hide.is_secret(name) is secret


def test_a_token_is_secret_without_its_scheme_too() -> None:
    """A server repeats the token, not the header."""
    probe = {"headers": {"Authorization": "Bearer sesame-open", "x-plain": "seen"}, "url": "http://user:open-door@h/?key=in-the-url&q=plain"}
    assert hide.secrets_of(probe) == {"Bearer sesame-open", "sesame-open", "in-the-url", "open-door"}
    assert hide.without("wrong token sesame-open", hide.secrets_of(probe)) == "wrong token (not shown)"
    assert hide.shown(probe) == {"headers": {"Authorization": "(not shown)", "x-plain": "seen"}, "url": "http://h/?key=(not shown)&q=plain"}


def test_what_is_no_probe_is_not_shown() -> None:
    assert hide.shown("Bearer x") == "(not shown)"
    assert hide.shown({"headers": ["Authorization: x"]}) == {"headers": "(not shown)"}
    assert hide.secrets_of("x") == set()
