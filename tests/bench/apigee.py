# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand products, a thousand developers with an app and a key each: against the contract server for Apigee's management API, in a process of its own.

Requests are what that server counted. Beside them what terraform and apigeecli ask for the same, which is read from their code: see ``apigee_peers``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import apigee_peers
from bench.apigee_peers import Cost
from bench.meter import ROOT, Row, row
from bench.tools import dump, play
from contract.apigee.asking import Asking
from contract.apigee.server import TEST_TOKEN

ORGANIZATION = "acme"
PLANS = 20
"""So many of the products are what the keys are for."""
Entries = list[dict[str, Any]]
Lists = dict[str, Entries]


def products(count: int, changed: int = 0) -> Entries:
    """``count`` products, the first ``changed`` of which have another quota."""
    return [
        {
            "name": f"plan-{number:05d}",
            "environments": ["prod"],
            "quota": {"limit": 200 if number < changed else 100, "interval": 1, "unit": "minute"},
            "attributes": {"tier": f"tier-{number % 5}"},
            "operations": [{"source": "llm", "resource": f"/v{number}/chat/completions", "methods": ["POST"]}],
        }
        for number in range(count)
    ]


def developers(count: int) -> Entries:
    return [{"email": f"dev-{number:05d}@example.com", "first_name": "Dev", "last_name": f"Number {number}"} for number in range(count)]


def apps(count: int, moved: int = 0, renewed: int = 0) -> Entries:
    """One of each developer, with a key of its own: the first ``moved`` keys are for another product, the first ``renewed`` have another value."""
    return [
        {
            "name": "chat",
            "developer": f"dev-{number:05d}@example.com",
            "purge_keys": True,
            "keys": [
                {
                    "name": "default",
                    "consumer_key": f"{'new' if number < renewed else 'key'}-{number:05d}-0123456789abcdef",
                    "consumer_secret": f"secret-{number:05d}-{'fedcba' if number < renewed else 'abcdef'}9876543210",
                    "products": [f"plan-{(number + (number < moved)) % PLANS:05d}"],
                }
            ],
        }
        for number in range(count)
    ]


class Organization:
    """The server as the benchmark sees it: a play against it, what that play asked for, and what stands afterwards."""

    def __init__(self, url: str, program: subprocess.Popen[str], folder: Path) -> None:
        self.url = url
        self.program = program
        self.folder = folder
        self.asking = Asking(url, ORGANIZATION, TEST_TOKEN, exact=False)

    def counted(self) -> dict[str, int]:
        """Requests since the last time."""
        self.program.send_signal(signal.SIGUSR1)
        assert self.program.stdout is not None
        found: dict[str, int] = json.loads(self.program.stdout.readline())
        return found

    def run(self, lists: Lists) -> dict[str, Any]:
        """One play with a task for each list, in this order."""
        tasks = []
        for name, entries in lists.items():
            source = self.folder / f"{name}.yml"
            source.write_text(dump([{name: entries}], many=True))
            options = {"organization": ORGANIZATION, "api_endpoint": self.url, "owner": "bench", "prune": True, "src": str(source)}
            tasks.append({f"inference.gateway.{name}": options})
        self.counted()
        cost = play(self.folder, tasks, {"GCP_ACCESS_TOKEN": TEST_TOKEN})
        seen = self.counted()
        if seen["refused"]:
            raise SystemExit(f"apigee: {seen['refused']} of {seen['requests']} requests were refused")
        return {"requests": seen["requests"], "writes": seen["writes"], **cost}

    def keys(self) -> list[tuple[str, list[str]]]:
        """All keys with their products."""
        found = self.asking.must("GET", "/apps?expand=true&includeCred=true&pageSize=1000").get("app", [])
        return sorted((key["consumerKey"], [each["apiproduct"] for each in key["apiProducts"]]) for app in found for key in app["credentials"])

    def quotas(self) -> list[tuple[str, str]]:
        return sorted((row["name"], row["quota"]) for row in self.asking.must("GET", "/apiproducts?expand=true&count=1000").get("apiProduct", []))


@contextmanager
def served(folder: Path) -> Iterator[Organization]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    argv = [sys.executable, "-m", "contract.apigee", "--org", ORGANIZATION]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder) as program:
        try:
            assert program.stdout is not None
            found = Organization(program.stdout.readline().strip(), program, folder)
            yield found
            found.asking.link.close()
        finally:
            program.terminate()


def compare(folder: Path, count: int) -> list[Row]:
    """Products alone, developers with their apps, and all three lists with nothing to do. ``count`` is 1000 at most, which is one page of each list."""
    workplace = folder / "apigee"
    workplace.mkdir()
    with served(workplace) as organization:
        rows = _of_products(organization, count)
        rows += _of_apps(organization, count)
        whole = {"apigee_products": products(count, 1), "apigee_developers": developers(count), "apigee_apps": apps(count)}
        said = apigee_peers.everything(count)["no-op"]
        return rows + _case("all three lists: no-op", "the three modules, src", 4 * count, organization.run(whole), said)


def _of_products(organization: Organization, count: int) -> list[Row]:
    rows = []
    for case, said in apigee_peers.products(count).items():
        declared = products(count, changed=int(case == "change one quota"))
        cost = organization.run({"apigee_products": declared})
        _check(case, organization.quotas, sorted((entry["name"], str(entry["quota"]["limit"])) for entry in declared))
        rows += _case(f"products: {case}", "apigee_products, src", count, cost, said)
    return rows


def _of_apps(organization: Organization, count: int) -> list[Row]:
    rows = []
    changes = {"other product on one key": {"moved": 1}, "new value of one key": {"renewed": 1}}
    for case, said in apigee_peers.apps(count).items():
        declared = apps(count, **changes.get(case, {}))
        cost = organization.run({"apigee_developers": developers(count), "apigee_apps": declared})
        _check(case, organization.keys, sorted((key["consumer_key"], key["products"]) for entry in declared for key in entry["keys"]))
        rows += _case(f"developers, apps, keys: {case}", "apigee_developers, apigee_apps, src", 3 * count, cost, said)
        if changes.get(case):
            organization.run({"apigee_apps": apps(count)})
    return rows


def _check(case: str, found: Callable[[], Any], declared: Any) -> None:
    """The numbers count only if Apigee holds what is declared."""
    if found() != declared:
        raise SystemExit(f"apigee, {case}: the organisation does not hold what is declared")


def _case(case: str, tool: str, count: int, cost: Mapping[str, Any], said: Mapping[str, Cost]) -> list[Row]:
    """Ours as measured, the peers as their code says."""
    rows = [row(f"apigee {case}", tool, count, cost)]
    for peer, each in said.items():
        name = ", ".join(filter(None, (f"{peer}, read from code, not run", each.note)))
        rows.append(row(f"apigee {case}", name, count, requests=each.requests, writes=each.writes))
    for found in rows:
        print(json.dumps(found), flush=True)
    return rows
