# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nobody may declare reaches no server: the whole table of refusals by the modules themselves, all of it in one run a list."""

from __future__ import annotations

from typing import Any

import pytest
from contract.apigee.server import ApigeeServer
from unit.models.support import EVERY
from unit.models.test_apigee_refused import BASES, CASES, NAMED, SECRET

from .apigee_runs import Organization


def blanked(option: str, line: str, entries: list[dict[str, Any]]) -> str:
    """As Ansible shows it: a word that is somebody's key is blanked everywhere."""
    found = EVERY[option].secrets
    for secret in sorted({value for entry in entries for value in found(entry)} if found else ()):
        line = line.replace(secret, "*" * 8)
    return line


def renamed(which: str, entry: dict[str, Any], number: int) -> tuple[dict[str, Any], str]:
    """An entry that is another one than the rest, and what it is called."""
    if which == "developers":
        return {**entry, "email": f"d{number}@example.com"}, f"d{number}@example.com"
    name = f"e{number}"
    return {**entry, "name": name}, name if which == "products" else f"{entry['developer']}/{name}"


@pytest.mark.parametrize("which", sorted(NAMED))
@pytest.mark.parametrize("check", [False, True])
def test_all_refusals_of_a_list_at_once_and_no_request(which: str, check: bool) -> None:
    option = NAMED[which][0]
    entries, wanted = [], []
    for number, (change, said) in enumerate((change, said) for each, change, said in CASES if each == which):
        entry, name = renamed(which, {**BASES[which], **change}, number)
        entries.append(entry)
        wanted.append(f"- {option}[{number}] ({name}){said}")
    with ApigeeServer() as server:
        org = Organization(server, option)
        with org.asked() as asked:
            message = org.refused(entries, check=check)
        assert asked == []
    assert message.splitlines()[1:] == [blanked(option, line, entries) for line in wanted]
    assert SECRET not in org.output


@pytest.mark.parametrize(
    ("option", "entry", "said"),
    [
        ("apigee_products", {"name": "all"}, "(lint rule apigee-opens-every-api)"),
        ("apigee_products", {"name": "all", "proxies": ["chat"]}, "(lint rule apigee-opens-every-environment)"),
        (
            "apigee_apps",
            {"name": "chat", "developer": "ann@example.com", "keys": [{"consumer_key": SECRET}, {"name": "b", "consumer_key": SECRET}]},
            "(lint rule apigee-key-twice)",
        ),
    ],
)
def test_an_error_of_lint_reaches_no_server_either(option: str, entry: dict[str, Any], said: str) -> None:
    with ApigeeServer() as server:
        org = Organization(server, option)
        with org.asked() as asked:
            assert said in org.refused([entry])
        assert asked == []
    assert SECRET not in org.output
