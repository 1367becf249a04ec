# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure plan: tables, and properties over any inventory and any cluster."""

from __future__ import annotations

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine import plan
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError, OwnershipError, PruneLimitError
from ansible_collections.inference.gateway.plugins.module_utils.engine.objects import Desired, Key
from ansible_collections.inference.gateway.plugins.module_utils.engine.plan import Action, Observed, Owner, Policy
from hypothesis import given
from hypothesis import strategies as st

ALL = Policy(prune=True, prune_limit="100%", adopt=True)


def key(name: str) -> Key:
    return Key("", "ConfigMap", "ai", name)


def obj(name: str, value: object = "1") -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "ai"}, "data": {"a": value}}


def wanted(**values: object) -> dict[Key, Desired]:
    return {key(name): Desired(obj(name, value), f"objects[{index}]") for index, (name, value) in enumerate(values.items())}


def seen(owner: Owner = Owner.OURS, **values: object) -> dict[Key, Observed]:
    return {key(name): Observed(obj(name, value), owner, "applyset-x") for name, value in values.items()}


def differ(desired: dict[str, object], live: dict[str, object]) -> tuple[str, ...]:
    return () if desired == live else (".data.a",)


def actions(result: plan.Plan) -> dict[str, str]:
    return {change.key.name: change.action.value for change in result.changes}


@pytest.mark.parametrize(
    "desired, observed, policy, expected",
    [
        pytest.param(wanted(a=1), {}, Policy(), {"a": "create"}, id="create"),
        pytest.param(wanted(a=1), seen(a=1), Policy(), {"a": "keep"}, id="keep"),
        pytest.param(wanted(a=2), seen(a=1), Policy(), {"a": "update"}, id="update"),
        pytest.param(wanted(a=1), seen(a=1, b=1), Policy(), {"a": "keep"}, id="no prune"),
        pytest.param(wanted(a=1), seen(a=1, b=1), ALL, {"a": "keep", "b": "delete"}, id="prune"),
        pytest.param(wanted(a=1), seen(Owner.NOBODY, a=1, b=1), ALL, {"a": "keep"}, id="adopt, and never prune what is not ours"),
    ],
)
def test_present(desired: dict[Key, Desired], observed: dict[Key, Observed], policy: Policy, expected: dict[str, str]) -> None:
    assert actions(plan.present(desired, observed, differ, policy)) == expected


def test_orphans_are_told_when_prune_is_off() -> None:
    assert plan.present(wanted(a=1), seen(a=1, b=1), differ, Policy()).orphans == (key("b"),)


@pytest.mark.parametrize("owner, policy", [(Owner.NOBODY, Policy()), (Owner.OTHER, ALL)])
def test_foreign_objects_are_refused_with_all_their_places(owner: Owner, policy: Policy) -> None:
    with pytest.raises(OwnershipError) as error:
        plan.present(wanted(a=1, b=1), seen(owner, a=1, b=1), differ, policy)
    assert len(error.value.problems) == 2 and "objects[1]: ConfigMap ai/b" in str(error.value)


@pytest.mark.parametrize(
    "limit, total, gone, allowed", [("50%", 10, 5, True), ("50%", 10, 6, False), ("3", 10, 3, True), ("3", 10, 4, False), ("0", 1, 1, False)]
)
def test_prune_limit(limit: str, total: int, gone: int, allowed: bool) -> None:
    names = [f"n{number}" for number in range(total)]
    policy = Policy(prune=True, prune_limit=limit)
    desired, observed = wanted(**dict.fromkeys(names[gone:], 1)), seen(**dict.fromkeys(names, 1))
    if allowed:
        assert plan.present(desired, observed, differ, policy).summary()["delete"] == gone
    else:
        with pytest.raises(PruneLimitError, match=f"would delete {gone} of {total}") as error:
            plan.present(desired, observed, differ, policy)
        assert len(error.value.doomed) == gone


def test_absent_takes_only_what_is_there_and_ours() -> None:
    named = {key("a"): "objects[0]", key("b"): "objects[1]"}
    assert actions(plan.absent(named, seen(a=1, c=1), Policy())) == {"a": "delete"}
    with pytest.raises(OwnershipError, match="Set adopt to true to delete it all the same"):
        plan.absent(named, seen(Owner.NOBODY, a=1), Policy())


def test_twice_declared_names_both_places() -> None:
    with pytest.raises(InputError, match=r"objects\[4\]: ConfigMap ai/a is declared already by objects\[1\]"):
        plan.index([(key("a"), Desired(obj("a"), "objects[1]")), (key("a"), Desired(obj("a"), "objects[4]"))])


NAMES = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2), max_size=6)


@given(NAMES, NAMES, st.booleans())
def test_carried_out_there_is_nothing_left_to_do(declared: dict[str, int], present: dict[str, int], prune: bool) -> None:
    desired, cluster = wanted(**declared), seen(**present)
    policy = Policy(prune=prune, prune_limit="100%")
    for change in plan.present(desired, cluster, differ, policy).changes:
        if change.action is Action.DELETE:
            del cluster[change.key]
        elif change.writes:
            cluster[change.key] = Observed(change.desired or {}, Owner.OURS)
    again = plan.present(desired, cluster, differ, policy)
    assert not again.changed
    assert prune is False or set(cluster) == set(desired)


@given(NAMES, NAMES, st.randoms())
def test_the_order_of_the_input_does_not_matter(declared: dict[str, int], present: dict[str, int], random: object) -> None:
    shuffled = list(declared.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, two = (plan.present(wanted(**dict(each)), seen(**present), differ, ALL) for each in (declared.items(), shuffled))
    assert actions(one) == actions(two) and one.summary() == two.summary()


@given(NAMES, NAMES)
def test_a_foreign_object_is_never_in_a_deletion(declared: dict[str, int], present: dict[str, int]) -> None:
    for owner in (Owner.NOBODY, Owner.OTHER):
        cluster = {name: item for name, item in seen(owner, **present).items() if name not in wanted(**declared)}
        assert plan.present(wanted(**declared), cluster, differ, ALL).summary()["delete"] == 0
