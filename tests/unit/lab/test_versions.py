# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab of other programs than the checkout pins: what is told, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from inference_lab import LabError, versions
from inference_lab.versions import Pins

from .conftest import FakeGo

STATE = Path("/some/lab")


def pinned(**found: str) -> Pins:
    return {name: {"version": version, "key": "k"} for name, version in found.items()}


def crds(*found: str) -> Pins:
    return {f"gateway-api-{version}": {"version": version, "key": "k"} for version in found}


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (pinned(etcd="v3.6.8"), pinned(etcd="v3.6.8"), []),
        (pinned(kubernetes="v1.36.9"), pinned(kubernetes="v1.36.10"), ["kubernetes v1.36.9 -> v1.36.10"]),
        ({"kwok": {"version": "v1", "key": "a"}}, {"kwok": {"version": "v1", "key": "b"}}, ["kwok v1 built otherwise"]),
        (crds("v1.5.1"), crds("v1.6.1", "v1.5.1"), ["gateway-api v1.5.1 -> v1.5.1, v1.6.1"]),
        (pinned(helm="v3.1.0"), pinned(helm="v3.1.0", kwok="v0.8.0"), ["kwok none -> v0.8.0"]),
        ({}, pinned(helm="v3.1.0"), ["it was started by a version of the lab that kept no record of its programs"]),
    ],
)
def test_what_is_told(before: Pins, after: Pins, lines: list[str]) -> None:
    assert versions.told(before, after) == lines
    versions.refuse_older(STATE, before, after)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (pinned(kubernetes="v1.36.10"), pinned(kubernetes="v1.36.9"), "kubernetes v1.36.10, here v1.36.9"),
        (pinned(kubernetes="v1.36.0"), pinned(kubernetes="v1.36.0-rc.1"), "kubernetes v1.36.0, here v1.36.0-rc.1"),
        (pinned(kubernetes="v1.36.0", etcd="v3.6.8"), pinned(kubernetes="v1.36.1", etcd="v3.6.7"), "etcd v3.6.8, here v3.6.7"),
        (crds("v1.5.1", "v1.6.1"), crds("v1.5.1"), "gateway-api v1.6.1, here v1.5.1"),
    ],
)
def test_older_programs_are_refused(before: Pins, after: Pins, words: str) -> None:
    with pytest.raises(LabError) as refused:
        versions.refuse_older(STATE, before, after)
    assert f"the lab in {STATE} runs newer programs than this checkout pins: {words}" in str(refused.value)
    assert "take it down first" in str(refused.value)


@pytest.mark.parametrize(
    ("before", "after", "well"),
    [
        (pinned(kubernetes="v1.35.9"), pinned(kubernetes="v1.36.0"), True),
        (pinned(kubernetes="v1.34.9"), pinned(kubernetes="v1.36.0"), False),
        (pinned(etcd="v3.6.8"), pinned(etcd="v4.0.0"), False),
        (pinned(helm="v3.1.0"), pinned(helm="v4.9.0"), True),
    ],
)
def test_one_minor_version_at_a_time_where_the_data_is(before: Pins, after: Pins, well: bool) -> None:
    if well:
        versions.refuse_older(STATE, before, after)
        return
    with pytest.raises(LabError, match=r"cannot be upgraded with its data(.|\n)*take it down first"):
        versions.refuse_older(STATE, before, after)


def test_the_record_is_read_off_the_pin_table(fake_go: FakeGo) -> None:
    """Without Go; another go.sum is another key, in the same version."""
    found = versions.current(traffic=False, engines=False, folder=fake_go.table)
    assert {name: entry["version"] for name, entry in found.items()} == {"alpha": "v1.2.3", "beta": "v1.2.3", "crds": "v1.2.3"}
    assert not fake_go.asked()
    (fake_go.table / "beta" / "go.sum").write_text("another line\n")
    assert versions.told(found, versions.current(traffic=False, engines=False, folder=fake_go.table)) == ["beta v1.2.3 built otherwise"]


def test_traffic_brings_more_and_only_that() -> None:
    """A lab that ran without traffic and starts again with it is no downgrade."""
    less, more = versions.current(traffic=False, engines=False), versions.current(traffic=True, engines=True)
    assert less.items() < more.items() and {"envoy", "istio-1.31.0", "ollama"} <= set(more) - set(less)
    versions.refuse_older(STATE, less, more)
    versions.refuse_older(STATE, more, less)
