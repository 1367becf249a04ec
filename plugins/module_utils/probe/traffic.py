# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What module ``traffic_probe`` does: probes in, figures and verdicts out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..engine.check import Check, Outcome
from ..engine.errors import InputError, Issue
from ..models.codecs import Report
from ..models.decode import Nested
from ..stores.connect import connect
from . import hide, split
from .answer import Answer, Volley, counted, summary
from .compose import order_of
from .declared import Expect, Probe
from .groups import Groups
from .job import Inside
from .order import Order
from .verdict import statuses, verdict

OPTION = "probes"
KEPT_HEADERS = 40


def read_probes(raw: Sequence[Any]) -> list[Probe]:
    """Every probe, or every issue of all of them."""
    report = Report()
    read = [Nested(Probe).read(item, place(index, item), report) for index, item in enumerate(raw)]
    report.raise_if_any()
    return [probe for probe in read if probe is not None]


def place(index: int, item: Any) -> str:
    name = item.get("name") if isinstance(item, Mapping) else None
    return f"{OPTION}[{index}] ({name!s:.120})" if isinstance(name, str) and name.isprintable() else f"{OPTION}[{index}]"


def orders_of(probes: Sequence[Probe], raw: Sequence[Any]) -> list[Order]:
    report = Report()
    orders = [order_of(probe, place(index, item), usual_count(probe), report) for index, (probe, item) in enumerate(zip(probes, raw, strict=True))]
    report.raise_if_any()
    return orders


def usual_count(probe: Probe) -> int:
    """One request, or as many as the test of a split needs."""
    expect = probe.expect
    if expect is None or expect.split is None:
        return 1
    return split.requests_for(expect.split, expect.confidence or split.CONFIDENCE, expect.power or split.POWER, expect.min_difference)


def run(raw: list[Any], params: Mapping[str, Any]) -> Outcome:
    probes = read_probes(raw)
    orders = orders_of(probes, raw)
    _check(params)
    if params["run_in"] == "cluster" and params["check_mode"]:
        return Outcome({"probes": []}, "", ("Nothing was sent: in check mode no Job is made.",))
    volleys = _fire(orders, params)
    secrets = set().union(*map(hide.secrets_of, raw))
    results = [result(*each, secrets) for each in zip(probes, orders, volleys, strict=True)]
    for index, row in enumerate(results):
        row["name"] = probes[index].name or f"{OPTION}[{index}]"
    refused = [f"- {row['name']} ({row['request']}): {'; '.join(row['failures'])}" for row in results if not row["ok"]]
    if not refused:
        return Outcome({"probes": results}, "")
    return Outcome({"probes": results}, f"{len(refused)} of {len(results)} probes did not get what they expect.\n" + "\n".join(refused))


def _check(params: Mapping[str, Any]) -> None:
    issues = []
    if params["run_in"] == "cluster" and not params["image"]:
        issues.append(Issue("image", "is needed to run in the cluster.", "Name an image whose python3 has aiohttp and jmespath."))
    issues += [Issue(name, f"expected 1 or more, got {params[name]}.") for name in ("parallel", "wait_timeout") if params[name] < 1]
    if issues:
        raise InputError(issues)


def _fire(orders: Sequence[Order], params: Mapping[str, Any]) -> list[Volley]:
    from .volley import fire_all

    if params["run_in"] == "here":
        return fire_all(orders, params["parallel"])
    return Inside(connect(params, 4), params["namespace"], params["image"], params["wait_timeout"]).fire_all(orders, params["parallel"])


def result(probe: Probe, order: Order, volley: Volley, secrets: set[str]) -> dict[str, Any]:
    """The figures of one probe and, where something is expected, what is wrong with them."""
    groups = Groups(probe.groups)
    volley.answers = [replace(answer, who=groups.name(answer.who)) for answer in volley.answers]
    figures = summary(volley)
    failures = verdict(probe.expect, volley, figures) if probe.expect else []
    shares = _shares(probe.expect, volley)
    if shares is not None and not shares.ok:
        failures.append(shares.words())
    return {
        "request": f"{order.method} {hide.clean_url(order.url)}",
        "ok": not failures,
        "failures": [hide.without(failure, secrets) for failure in failures],
        **figures,
        **({"split": shares.result()} if shares is not None else {}),
        "samples": [_sample(answer, secrets) for answer in volley.answers if answer.headers is not None],
    }


def _shares(expect: Expect | None, volley: Volley) -> split.Split | None:
    """The verdict over a split; those who do not say who they are count as a name of their own."""
    if expect is None or expect.split is None:
        return None
    observed = counted(answer.who or "(nobody who says so)" for answer in volley.good(statuses(expect)))
    return split.judge(observed, expect.split, expect.confidence or split.CONFIDENCE)


def _sample(answer: Answer, secrets: set[str]) -> dict[str, Any]:
    headers = {
        name: hide.HIDDEN if hide.is_secret(name) else hide.without(value, secrets) for name, value in list((answer.headers or {}).items())[:KEPT_HEADERS]
    }
    return {"status": answer.status, "headers": headers, "text": hide.without(answer.text, secrets), "answered_by": answer.who}


CHECK = Check(
    option=OPTION,
    options={
        "probes": {"type": "list", "elements": "dict", "required": True},
        "parallel": {"type": "int", "default": 1},
        "run_in": {"type": "str", "choices": ["here", "cluster"], "default": "here"},
        "image": {"type": "str"},
        "namespace": {"type": "str", "default": "default"},
        "wait_timeout": {"type": "int", "default": 600},
    },
    run=run,
    shown=hide.shown,
    secrets=hide.secrets_of,
    libraries=("kubernetes", "aiohttp", "jmespath"),
)
