# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of the Apigee operator: a word and a message in place of conditions, and when waiting is of no more use."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import NotReadyError
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import Key
from ansible_collections.inference.gateway.plugins.module_utils.engine.readiness import lost, unmet
from ansible_collections.inference.gateway.plugins.module_utils.engine.wait import wait


def apim(kind: str = "ApigeeBackendService", spec_at: str = "", status_at: str = "", **status: Any) -> dict[str, Any]:
    fields = [{"time": at, "fieldsV1": {name: {}}} for name, at in (("f:spec", spec_at), ("f:status", status_at)) if at]
    meta = {"name": "x", "namespace": "ai", "generation": 2, "managedFields": fields}
    return {"apiVersion": "apim.googleapis.com/v1", "kind": kind, "metadata": meta, "status": status}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (apim(state="CREATED"), ""),
        (apim(state="running"), ""),
        (apim(STATE="Running", ERRORMESSAGE=""), ""),
        (apim(), "does the Apigee operator run"),
        (apim("ApimTemplate"), ""),
        (apim("ApimTemplate", state="Create_Update_Failed"), "Create_Update_Failed: its operator gives no reason"),
        (apim(state="creating"), "state is creating, not created"),
        (apim(state="Create_Update_Failed", errorMessage="no such network"), "Create_Update_Failed: no such network"),
        (apim("APIProduct", state="created", error_message="not found"), "state is created: not found"),
        ({**apim(), "apiVersion": "example.com/v1"}, ""),
    ],
)
def test_unmet(found: dict[str, Any], words: str) -> None:
    assert words in unmet(found) if words else unmet(found) == ""


EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z"


@pytest.mark.parametrize(
    ("found", "given_up"),
    [
        (apim(errorMessage="no"), True),
        (apim(spec_at=EARLY, status_at=LATE, errorMessage="no"), True),
        (apim(spec_at=EARLY, status_at=LATE, state="Create_Update_Failed"), True),
        (apim(spec_at=LATE, status_at=EARLY, errorMessage="of what was declared before"), False),
        (apim(spec_at=EARLY, status_at=LATE, state="creating"), False),
        ({**apim(errorMessage="no"), "apiVersion": "v1"}, False),
    ],
)
def test_an_error_ends_the_wait_when_it_is_about_what_is_declared_now(found: dict[str, Any], given_up: bool) -> None:
    assert lost(found) is given_up


def test_a_lost_object_is_not_waited_for() -> None:
    key = Key("apim.googleapis.com", "ApigeeBackendService", "ai", "x")
    seen: list[str] = []

    def states(_address: tuple[str, str, str]) -> Iterator[Mapping[Key, dict[str, Any]]]:
        for status in ({}, {"state": "creating"}, {"errorMessage": "no such network"}, {"state": "created"}):
            seen.append(str(status))
            yield {key: apim(**status)}

    began = time.monotonic()
    with pytest.raises(NotReadyError, match=r"not ready after \d+ s:(.|\n)*no such network"):
        wait({key: apim()}, (), states, unmet, lambda _key, _obj: "", 600, lost)
    assert (len(seen), time.monotonic() - began < 60) == (3, True)
