# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What terraform and apigeecli ask of Apigee, told step by step for one entity, and the page that shows it beside what we measured."""

from __future__ import annotations

from collections import Counter

import pytest
from bench import apigee, apigee_peers, text
from bench.apigee_peers import APIGEECLI, TERRAFORM, Cost

READ = ("GET entity",)
APP = ("POST app", "GET app", "POST key", "POST key's products", "DELETE automatic key", *READ)
IMPORT = ("GET developer", "POST app", "DELETE automatic key", "POST key", "POST key's products")
REFUSED = ("POST developer", "GET developer", "POST app")
# Case -> (what every one of the entities costs, what the changed one costs besides).
STEPS: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("create", TERRAFORM): (("POST developer", *READ, *APP), ()),
    ("no-op", TERRAFORM): ((*READ, *READ), ()),
    ("other product on one key", TERRAFORM): ((*READ, *READ), ("POST key's products", "DELETE key's product", *READ)),
    ("new value of one key", TERRAFORM): ((*READ, *READ), ("DELETE app", *APP)),
    ("create", APIGEECLI): (("POST developer", *IMPORT), ()),
    ("no-op", APIGEECLI): (REFUSED, ()),
    ("other product on one key", APIGEECLI): (REFUSED, ()),
    ("new value of one key", APIGEECLI): (REFUSED, ()),
}
PRODUCTS = {
    ("create", TERRAFORM): (("POST product", *READ), ()),
    ("no-op", TERRAFORM): (READ, ()),
    ("change one quota", TERRAFORM): (READ, ("PUT product", *READ)),
    ("create", APIGEECLI): ((*READ, "POST product"), ()),
    ("no-op", APIGEECLI): ((*READ, "PUT product"), ()),
    ("change one quota", APIGEECLI): ((*READ, "PUT product"), ()),
}


def _writes(steps: tuple[str, ...]) -> int:
    return sum(not step.startswith("GET") for step in steps)


@pytest.mark.parametrize("count", [1, 7, 1000])
@pytest.mark.parametrize(("formulas", "told"), [(apigee_peers.products, PRODUCTS), (apigee_peers.apps, STEPS)])
def test_the_formulas_are_the_sum_of_their_steps(formulas: object, told: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]], count: int) -> None:
    found = formulas(count)  # type: ignore[operator]
    assert {(case, tool) for case, costs in found.items() for tool in costs} == set(told)
    for (case, tool), (each, once) in told.items():
        cost = found[case][tool]
        assert (cost.requests, cost.writes) == (count * len(each) + len(once), count * _writes(each) + _writes(once)), (case, tool)


def test_nothing_to_do_in_all_three_lists() -> None:
    found = apigee_peers.everything(1000)["no-op"]
    assert {tool: (cost.requests, cost.writes) for tool, cost in found.items()} == {TERRAFORM: (3000, 0), APIGEECLI: (5000, 3000)}
    assert found[APIGEECLI].note == "writes each product; all writes are refused"


def test_the_lists_that_are_measured() -> None:
    """As many as asked for, each key for a product that there is, no value twice, and as many differ as have to."""
    names = {each["name"] for each in apigee.products(apigee.PLANS)}
    declared, moved, renewed = apigee.apps(50), apigee.apps(50, moved=2), apigee.apps(50, renewed=3)
    keys = [app["keys"][0] for app in declared]
    assert len(keys) == len({key["consumer_key"] for key in keys}) == len({app["developer"] for app in declared}) == 50
    assert {name for app in moved for name in app["keys"][0]["products"]} <= names
    assert Counter(one != other for one, other in zip(declared, moved, strict=True))[True] == 2
    assert [app["keys"][0]["consumer_key"] for app in renewed[:4]] != [key["consumer_key"] for key in keys[:4]]
    assert renewed[3:] == declared[3:]
    assert Counter(map(str, (entry["quota"]["limit"] for entry in apigee.products(9, changed=1)))) == {"200": 1, "100": 8}


def test_the_page_says_which_rows_were_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    rows = apigee._case(
        "products: no-op",
        "apigee_products, src",
        1000,
        {"requests": 2, "writes": 0, "wall_s": 1.5, "cpu_s": 1.4, "peak_mb": 70.5},
        {TERRAFORM: Cost(1000, 0, "a note")},
    )
    assert len(capsys.readouterr().out.splitlines()) == 2
    page = text._apigee(rows)
    assert "| apigee products: no-op | apigee_products, src | 1000 | 1.5 | 1.4 | 2 | 0 | 70.5 |" in page
    assert "| apigee products: no-op | terraform, read from code, not run, a note | 1000 |  |  | 1000 | 0 |  |" in page
