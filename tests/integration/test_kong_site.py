# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of site.yml and teardown.yml where Kong serves: keys before consumers before routes, and back; then what Kong's controller says."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inference_lab
import pytest
from contract import kong_crds
from contract.kong import KongAdmin
from integration.plays import Outcome, Plays

KEY = f"key-{secrets.token_hex(8)}"
ROUTE = {
    "name": "scout",
    "parents": ["edge"],
    "access": {"groups": ["scout"]},
    "rules": [{"path": "/ai", "headers": {"X-Model": "scout"}, "backends": [{"service": "scout", "port": 8000}]}],
}


class Site:
    def __init__(self, plays: Plays) -> None:
        self.plays = plays
        self.lab = plays.lab
        self.namespace = f"kong-site-{secrets.token_hex(3)}"

    def run(self, name: str, **variables: Any) -> Outcome:
        report = self.plays.folder / "report.json"
        report.unlink(missing_ok=True)
        inventory = self.plays.inventory(
            **{
                "gateway_api_state": "unmanaged",
                "inference_extension_state": "unmanaged",
                "inference_gateway_namespace": self.namespace,
                "inference_gateway_renderer": "kong",
                "kong_consumers": [{"name": "scout", "groups": ["scout"], "keys": [{"key": KEY}]}],
                "inference_routes": [ROUTE],
                "kong_events_wait": 3,
            }
            | variables
        )
        return self.plays.run(f"playbooks/{name}.yml", inventory, report, inference_gateway_report=str(report))

    def told(self, outcome: Outcome) -> list[str]:
        """The kinds that were written, each once, in the order of their first write."""
        kinds = [write.split(f"/namespaces/{self.namespace}/")[1].split("/")[0].split("?")[0] for write in outcome.writes if self.namespace in write]
        return [kind for kind in dict.fromkeys(kinds) if kind != "configmaps"]

    def says(self, reason: str, message: str) -> None:
        """What the controller would say of the route's plugin, a moment after it is there."""
        who = {"apiVersion": "configuration.konghq.com/v1", "kind": "KongPlugin", "name": "scout-route-acl", "namespace": self.namespace}
        about = {"name": f"kong-client.{secrets.token_hex(4)}", "namespace": self.namespace}
        body = {"reason": reason, "message": message, "involvedObject": who, "source": {"component": "kong-client"}, "type": "Warning"}
        self.lab.kubectl("create", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "Event", "metadata": about, **body}))

    def watch(self, reason: str, message: str) -> threading.Thread:
        """Says it as soon as there is an HTTPRoute."""

        def wait() -> None:
            self.lab.kubectl("wait", "--for=create", "httproute/scout", f"--namespace={self.namespace}", "--timeout=120s")
            self.says(reason, message)

        found = threading.Thread(target=wait)
        found.start()
        return found


@pytest.fixture(scope="module")
def site(lab: inference_lab.Lab, crds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert crds.exists()
    kong_crds.install(lab)
    found = Site(Plays(lab, tmp_path_factory.mktemp("site") / "a blank"))
    lab.kubectl("create", "namespace", found.namespace)
    try:
        yield found
    finally:
        lab.kubectl("delete", "namespace", found.namespace, "--wait=false")


def test_keys_consumers_routes_and_then_what_the_controller_says(site: Site) -> None:
    site.says("KongConfigurationTranslationFailed", "an old story")
    speaker = site.watch("KongConfigurationApplyFailed", "config.allow: expected an array")
    made = site.run("site")
    speaker.join()
    assert made.code != 0
    assert f"KongPlugin {site.namespace}/scout-route-acl: KongConfigurationApplyFailed: config.allow: expected an array" in made.message
    assert "an old story" not in made.message
    order = site.told(made)
    assert order.index("secrets") < order.index("kongconsumers") < order.index("httproutes")
    assert KEY not in made.output


def test_a_second_run_waits_for_nothing(site: Site) -> None:
    again = site.run("site", kong_events_wait=600)
    assert (again.code, again.changed, site.told(again)) == (0, 0, []), again.output
    assert set(again.results) == {"kong_consumers", "inference_routes"}


def test_drift_finds_a_key_that_somebody_else_wrote(site: Site) -> None:
    name = next(name for name in site.lab.kubectl("get", "secrets", "-n", site.namespace, "-o", "name").split() if "-key-" in name)
    site.lab.kubectl("patch", name, "-n", site.namespace, "--type=merge", "-p", json.dumps({"stringData": {"key": "another"}}))
    drift = site.run("drift")
    assert drift.code != 0
    assert "kong_consumers: Secret" in drift.message
    assert KEY not in drift.output


def test_taken_away_in_reverse(site: Site) -> None:
    gone = site.run("teardown")
    assert gone.code == 0, gone.output
    order = site.told(gone)
    assert order.index("httproutes") < order.index("kongconsumers") < order.index("secrets")


def paths(kong: KongAdmin, since: int, *methods: str) -> list[str]:
    """Which entities were written, each once, in the order of their first write."""
    seen = [each for each in kong.log[since:] if each.method in methods and not each.path.endswith("/validate")]
    return list(dict.fromkeys(each.path.partition("?")[0].strip("/").split("/")[0] for each in seen))


def test_a_kong_of_ones_own_over_its_admin_api(site: Site) -> None:
    """It is looked at first, gets consumers and then routes, and is left as it was."""
    with KongAdmin() as kong:
        mine = {
            "kong_admin": {"urls": [kong.url]},
            "kong_state": "byok",
            "kong_controller": False,
            "kong_byok_edition": "community",
            "kong_byok_database": "postgres",
            "inference_routes": [{name: value for name, value in ROUTE.items() if name != "parents"}],
        }
        lacking = site.run("site", **mine | {"kong_byok_plugins": ["ai-proxy-advanced"]})
        assert f"{kong.url}: plugin ai-proxy-advanced is not there." in lacking.message
        assert kong.writes == 0
        made = site.run("site", **mine)
        assert made.code == 0, made.output
        assert (made.writes, len(kong.rows("keyauth_credentials")), len(kong.rows("routes"))) == ([], 1, 1)
        order = paths(kong, 0, "POST", "PUT", "PATCH")
        assert order.index("consumers") < order.index("routes")
        calm = site.run("drift", **mine)
        assert (calm.code, calm.results["drift"]) == (0, False), calm.output
        since = len(kong.log)
        gone = site.run("teardown", **mine)
        assert gone.code == 0, gone.output
        order = paths(kong, since, "DELETE")
        assert order.index("routes") < order.index("consumers")
        assert [name for name in ("consumers", "routes", "services", "plugins", "upstreams") if kong.rows(name)] == []
        assert not kong.crashes
