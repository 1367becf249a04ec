# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at once on one owner: the outcome is one of the two inventories or a clear refusal, and the set's record stays true."""

from __future__ import annotations

import json
import multiprocessing
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import faults
import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores import transport

from .conftest import Cluster, Result, config_map, deployment

FORK = multiprocessing.get_context("fork")
OTHER_RUN = ("at the same time", "while this run was writing")
"""What a run says that met another one."""
KINDS = {"configmaps": "/api/v1", "services": "/api/v1"}
Objects = list[dict[str, Any]]


def service(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}}


class Run:
    """Module applyset in a process of its own, with prune; it is there already and begins when ``gate`` opens. Made where no other thread holds a lock."""

    def __init__(self, cluster: Cluster, objects: Objects, gate: Any) -> None:
        self.answer, answer = FORK.Pipe(duplex=False)

        def run() -> None:
            gate.wait(60)
            answer.send(Cluster(cluster.lab, cluster.namespace).run("applyset", objects=objects, prune=True, prune_limit="100%"))

        self.process = FORK.Process(target=run, daemon=True)
        self.process.start()

    def result(self) -> Result:
        assert self.answer.poll(60), "the run does not end"
        found: Result = self.answer.recv()
        self.process.join()
        return found


def together(cluster: Cluster, *inventories: Objects) -> list[Result]:
    """One run for each inventory, started in the same moment."""
    gate = FORK.Barrier(len(inventories))
    runs = [Run(cluster, objects, gate) for objects in inventories]
    return [run.result() for run in runs]


def members(cluster: Cluster) -> dict[str, Any]:
    """The objects with a mark of ours, and what they say."""
    found = {}
    for kind, root in KINDS.items():
        for each in cluster.lab.api.read(f"{root}/namespaces/{cluster.namespace}/{kind}")["items"]:
            if "applyset.kubernetes.io/part-of" in each["metadata"].get("labels", {}):
                found[f"{each['metadata']['name']}.{kind}"] = each.get("data") or {}
    return found


def said(objects: Objects) -> dict[str, Any]:
    return {f"{obj['metadata']['name']}.{obj['kind'].lower()}s": obj.get("data") or {} for obj in objects}


def parent(cluster: Cluster) -> dict[str, str] | None:
    """The annotations of the set's parent; None where there is none."""
    text = cluster.kubectl("get", "configmap", "team", "-o", "json", "--ignore-not-found")
    return json.loads(text)["metadata"]["annotations"] if text else None


def true_record(cluster: Cluster, objects: Objects) -> None:
    """The parent names the members' kinds, and kubectl takes the set for one that it could have made itself: nothing to change, nothing to prune."""
    notes = parent(cluster)
    if not objects:
        assert notes is None and members(cluster) == {}
        return
    assert notes is not None
    assert set(notes["applyset.kubernetes.io/contains-group-kinds"].split(",")) >= {obj["kind"] for obj in objects}
    before = members(cluster)
    cluster.kubectl("annotate", "configmap", "team", "applyset.kubernetes.io/tooling=kubectl/v1.36", "--overwrite")
    args = [str(cluster.lab.bin / "kubectl"), f"--kubeconfig={cluster.lab.kubeconfig}", "-n", cluster.namespace, "apply", "--server-side", "--prune"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(cluster.lab.state), "KUBECTL_APPLYSET": "true"}
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    done = subprocess.run(
        [*args, "--force-conflicts", "--applyset=configmap/team", "-f", "-"], input=text, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0 and "pruned" not in done.stdout, done
    assert members(cluster) == before
    cluster.kubectl("annotate", "configmap", "team", f"applyset.kubernetes.io/tooling={notes['applyset.kubernetes.io/tooling']}", "--overwrite")


@pytest.mark.parametrize("seed", range(3))
def test_started_together(cluster: Cluster, seed: int) -> None:
    """Several rounds of two inventories, the same, different, overlapping or empty."""
    rng = random.Random(seed)  # noqa: S311 - which rounds are played, no secret
    for _round in range(4):
        pool = [*(config_map(f"c{number}", a=str(rng.randrange(2))) for number in range(5)), service("s")]
        first = rng.sample(pool, rng.randrange(1, 6))
        second = rng.choice([first, [], rng.sample([config_map(f"c{number}", a=str(rng.randrange(2))) for number in range(5)], 3)])
        results = together(cluster, first, second)
        refused = [result["msg"] for result in results if result.get("failed")]
        assert all(any(words in message for words in OTHER_RUN) for message in refused), refused
        if not refused:
            assert members(cluster) in (said(first), said(second))
        cluster.ok("applyset", objects=first, prune=True, prune_limit="100%")
        assert members(cluster) == said(first)
        assert parent(cluster) is not None
    true_record(cluster, first)


@pytest.fixture
def between(cluster: Cluster, tmp_path: Path) -> Iterator[Callable[[Callable[[str], bool], Callable[[], object]], None]]:
    """between(which, act): the module's requests go through a proxy, and just before the first one for which ``which("METHOD path")`` holds ACT is done."""
    with faults.proxy(cluster.lab, tmp_path) as (server, kubeconfig):

        def arm(which: Callable[[str], bool], act: Callable[[], object]) -> None:
            server.arm(1, faults.just_before(which, act), from_then_on=True)
            cluster.kubeconfig = kubeconfig

        yield arm
        cluster.kubeconfig = cluster.lab.kubeconfig


def writes_to(name: str) -> Callable[[str], bool]:
    return lambda line: line.startswith("PATCH") and f"/{name}?" in line and "dryRun" not in line


def elsewhere(cluster: Cluster, objects: Objects) -> Callable[[], None]:
    """A whole run of another process, straight to the server, when it is called."""
    gate = FORK.Event()
    other = Run(cluster, objects, gate)

    def run() -> None:
        gate.set()
        result = other.result()
        assert not result.get("failed"), result["msg"]

    return run


def test_what_comes_to_be_between_check_and_write_is_not_taken_over(cluster: Cluster, between: Any) -> None:
    between(writes_to("c"), lambda: cluster.kubectl("create", "configmap", "c", "--from-literal=a=theirs"))
    message = cluster.refused("applyset", objects=[config_map("c", a="1")])
    assert "c: " in message and "came to be while this run was writing" in message and "adopt" in message
    found = cluster.get("configmap/c")
    assert found["data"] == {"a": "theirs"} and "labels" not in found["metadata"]


def test_what_is_made_anew_between_check_and_write_is_not_taken_over(cluster: Cluster, between: Any) -> None:
    cluster.ok("applyset", objects=[config_map("c", a="1")])

    def replace() -> None:
        cluster.kubectl("delete", "configmap", "c")
        cluster.kubectl("create", "configmap", "c", "--from-literal=b=theirs")

    between(writes_to("c"), replace)
    assert "while this run was writing" in cluster.refused("applyset", objects=[config_map("c", a="2")])
    assert cluster.get("configmap/c")["data"] == {"b": "theirs"}


def test_what_is_deleted_between_check_and_write_stays_deleted(cluster: Cluster, between: Any) -> None:
    """Its deletion may be the other run's last word, which the record of the set then says."""
    cluster.ok("applyset", objects=[config_map("c", a="1")])
    between(writes_to("c"), elsewhere(cluster, []))
    assert "while this run was writing" in cluster.refused("applyset", objects=[config_map("c", a="2")])
    true_record(cluster, [])


def test_what_a_controller_writes_between_reading_and_asking_is_no_change_of_ours(cluster: Cluster, between: Any) -> None:
    """The server's prediction shows the controller's annotation too; neither plan nor report may take it for declared."""
    cluster.ok("applyset", objects=[config_map("c", a="1")])
    between(lambda line: line.startswith("PATCH") and "dryRun" in line, lambda: cluster.kubectl("annotate", "configmap", "c", "controller/revision=2"))
    result = cluster.ok("applyset", objects=[config_map("c", a="2")])
    assert [change["fields"] for change in result["plan"]] == [[".data.a"]]
    assert cluster.get("configmap/c")["metadata"]["annotations"]["controller/revision"] == "2"


def test_a_suspicion_that_a_controllers_write_would_seem_to_confirm(cluster: Cluster, between: Any) -> None:
    """1000m is 1, which only the server knows: it is asked, and what it answers beside it is not ours."""
    spelled = deployment("d")
    spelled["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1000m"}}
    cluster.ok("applyset", objects=[spelled])
    between(lambda line: line.startswith("PATCH") and "dryRun" in line, lambda: cluster.kubectl("annotate", "deployment", "d", "controller/revision=2"))
    result = cluster.ok("applyset", objects=[spelled])
    assert result["changed"] is False, result["plan"]


def test_another_run_between_reading_and_writing(cluster: Cluster, between: Any) -> None:
    """Nothing of the late one is written."""
    cluster.ok("applyset", objects=[config_map("c", a="1")])
    theirs = [config_map("c", a="1"), config_map("theirs")]
    between(lambda line: line.startswith("PUT") and "/configmaps/team" in line, elsewhere(cluster, theirs))
    assert "at the same time" in cluster.refused("applyset", objects=[config_map("ours")], prune=True, prune_limit="100%")
    assert members(cluster) == said(theirs)
    true_record(cluster, theirs)


def test_another_run_between_two_writes(cluster: Cluster, between: Any) -> None:
    """Both only change what there is: neither inventory would be the outcome, so the one that ends last says so."""
    cluster.ok("applyset", objects=[config_map("x", a="0"), config_map("y", a="0")])
    between(writes_to("x"), elsewhere(cluster, [config_map("x", a="0"), config_map("y", a="1")]))
    ours = [config_map("x", a="1"), config_map("y", a="0")]
    message = cluster.refused("applyset", objects=ours)
    assert "y: " in message and "at the same time" in message and "Run again" in message
    cluster.ok("applyset", objects=ours)
    assert members(cluster) == said(ours)


def test_another_run_prunes_what_we_keep(cluster: Cluster, between: Any) -> None:
    cluster.ok("applyset", objects=[config_map("x", a="0"), config_map("y", a="0")])
    between(writes_to("x"), elsewhere(cluster, [config_map("x", a="0")]))
    assert "y: " in cluster.refused("applyset", objects=[config_map("x", a="1"), config_map("y", a="0")])
    true_record(cluster, [config_map("x", a="1")])


def test_another_run_adds_what_we_would_prune(cluster: Cluster, between: Any) -> None:
    cluster.ok("applyset", objects=[config_map("x", a="0")])
    between(writes_to("x"), elsewhere(cluster, [config_map("x", a="0"), config_map("late")]))
    assert "late: " in cluster.refused("applyset", objects=[config_map("x", a="1")], prune=True)


LAST = ["GET /api/v1/namespaces/{}/configmaps?", "DELETE /api/v1/namespaces/{}/configmaps/c", "DELETE /api/v1/namespaces/{}/configmaps/team"]


@pytest.mark.parametrize("moment", LAST)
def test_the_last_member_goes_while_another_run_adds_one(cluster: Cluster, between: Any, moment: str) -> None:
    """Whoever wins: a member without a parent would never be found again."""
    cluster.ok("applyset", objects=[config_map("c", a="1")])
    theirs = [config_map("c", a="1"), config_map("late", a="1")]
    between(lambda line: line.startswith(moment.format(cluster.namespace)) and "dryRun" not in line, elsewhere(cluster, theirs))
    result = cluster.run("applyset", objects=[], prune=True, prune_limit="100%")
    assert not result.get("failed") or any(words in result["msg"] for words in OTHER_RUN), result
    assert bool(members(cluster)) is (parent(cluster) is not None)
    cluster.kubeconfig = cluster.lab.kubeconfig
    cluster.ok("applyset", objects=[], prune=True, prune_limit="100%")
    true_record(cluster, [])


def test_a_kind_that_is_not_served_for_a_while_stays_in_the_record(cluster: Cluster) -> None:
    group = f"{cluster.namespace}.example.com"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    names = {"kind": "Toy", "plural": "toys", "singular": "toy", "listKind": "ToyList"}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"toys.{group}"}}
    crd["spec"] = {"group": group, "names": names, "scope": "Namespaced", "versions": versions}
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(crd))
    cluster.kubectl("wait", "--for=condition=Established", f"crd/toys.{group}", "--timeout=20s")
    toy = {"apiVersion": f"{group}/v1", "kind": "Toy", "metadata": {"name": "t"}}
    try:
        cluster.ok("applyset", objects=[toy, config_map("c", a="1")])
        serve(cluster, f"toys.{group}", group, False)
        cluster.ok("applyset", objects=[config_map("c", a="2")], prune=True)
        cluster.ok("applyset", objects=[], prune=True, prune_limit="100%")
        notes = parent(cluster)
        assert notes is not None and notes["applyset.kubernetes.io/contains-group-kinds"] == f"Toy.{group}"
        serve(cluster, f"toys.{group}", group, True)
        assert cluster.ok("applyset", objects=[], prune=True, prune_limit="100%")["summary"]["delete"] == 1
        true_record(cluster, [])
    finally:
        cluster.kubectl("delete", "crd", f"toys.{group}", "--wait=false")


def serve(cluster: Cluster, crd: str, group: str, served: bool) -> None:
    patch = json.dumps([{"op": "replace", "path": "/spec/versions/0/served", "value": served}])
    cluster.kubectl("patch", "crd", crd, "--type=json", "-p", patch)
    end = time.monotonic() + 20
    while (cluster.lab.api.request("GET", f"/apis/{group}/v1")[0] == 200) is not served:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_waiting_ends_in_time_though_the_server_hangs(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "GRACE", 1.0)
    objects = [deployment("d", **{"nvidia.com/gpu": "64"})]
    cluster.ok("applyset", objects=objects)
    with faults.proxy(cluster.lab, tmp_path) as (server, kubeconfig):
        cluster.kubeconfig = kubeconfig
        cluster.ok("applyset", objects=objects)
        count = len(server.seen)
        server.arm(count + 1, faults.silence, from_then_on=True)
        began = time.monotonic()
        message = cluster.refused("applyset", objects=objects, wait=True, wait_timeout=2)
        assert time.monotonic() - began < 8
        assert "No answer from" in message
