# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever fails at whatever request: a rerun brings the cluster to where an undisturbed run would have, and nothing foreign is touched."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faults
import pytest
from ansible_collections.inference.gateway.plugins.module_utils.stores import transport

from .conftest import Cluster, config_map

FAULTS: dict[str, faults.Fault] = {
    "reset-before": faults.reset_before,
    "reset-after": faults.reset_after,
    "cut": faults.cut,
    "silence": faults.silence,
    "409": faults.status(409, "Conflict"),
    "429": faults.status(429, "TooManyRequests", Retry_After="0"),
    "500": faults.status(500, "InternalError"),
    "503": faults.status(503, "ServiceUnavailable"),
}
PASSING = {"reset-before", "reset-after", "cut", "silence", "429", "500", "503"}
"""Faults that one repetition mends: with these the first run has to succeed already."""

OLD = [config_map("kept", a="1"), config_map("changed", a="1"), config_map("pruned", a="1")]
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "svc"}, "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}}
NEW = [config_map("kept", a="1"), config_map("changed", a="2"), config_map("created", a="1"), SERVICE]
PARAMS: dict[str, Any] = {"prune": True, "prune_limit": "100%", "wait": True, "wait_timeout": 20, "concurrency": 1}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 0.5)
    monkeypatch.setattr(transport.Transport, "_pause", lambda *_: None)


@pytest.fixture
def proxied(cluster: Cluster, tmp_path: Path) -> Iterator[tuple[Cluster, faults.Proxy]]:
    """The cluster's modules go through the proxy, kubectl goes straight."""
    with faults.proxy(cluster.lab, tmp_path) as (server, kubeconfig):
        cluster.kubeconfig = kubeconfig
        cluster.kubectl("create", "configmap", "foreign", "--from-literal=a=1")
        yield cluster, server


def state(cluster: Cluster) -> dict[str, Any]:
    """What the set consists of, and what the parent says of it."""
    found = {}
    for kind in ("configmaps", "services"):
        for each in cluster.lab.api.read(f"/api/v1/namespaces/{cluster.namespace}/{kind}")["items"]:
            meta = each["metadata"]
            notes = {name: value for name, value in meta.get("annotations", {}).items() if name != "inference.gateway/run"}
            found[f"{kind}/{meta['name']}"] = (each.get("data"), "applyset.kubernetes.io/part-of" in meta.get("labels", {}), notes)
    found.pop("configmaps/kube-root-ca.crt", None)
    return found


def prepare(cluster: Cluster, server: faults.Proxy) -> None:
    """The old state, however the last trial left the namespace."""
    server.arm(0, faults.Handler.forward)
    cluster.ok("applyset", objects=OLD, **{**PARAMS, "wait": False})
    server.arm(0, faults.Handler.forward)


def run(cluster: Cluster) -> dict[str, Any]:
    return cluster.run("applyset", objects=NEW, **PARAMS)


def each_request(cluster: Cluster, server: faults.Proxy) -> tuple[range, dict[str, Any]]:
    """The numbers of the requests that an undisturbed run makes, and the state that it leads to. (How often it has to watch may vary.)"""
    prepare(cluster, server)
    assert not run(cluster).get("failed")
    assert len(server.seen) > 15, server.seen
    return range(1, len(server.seen) + 1), state(cluster)


@pytest.mark.parametrize("name", FAULTS)
def test_any_request_may_fail(proxied: tuple[Cluster, faults.Proxy], name: str) -> None:
    cluster, server = proxied
    numbers, wanted = each_request(cluster, server)
    for number in numbers:
        prepare(cluster, server)
        server.arm(number, FAULTS[name])
        first = run(cluster)
        if len(server.seen) < number:
            assert number > numbers[-1] - 3
            break
        place = f"{name} at request {number}, {server.seen[number - 1]}: {first.get('msg')}"
        assert "Traceback" not in str(first.get("msg")), place
        assert name not in PASSING or not first.get("failed"), place
        server.arm(0, faults.Handler.forward)
        again = run(cluster)
        assert not again.get("failed"), place
        assert state(cluster) == wanted, place
        assert first.get("failed") or not again["changed"], place


def test_the_server_stays_away(proxied: tuple[Cluster, faults.Proxy]) -> None:
    """From any request on nothing answers: the run fails, says what it wrote, and a rerun finishes."""
    cluster, server = proxied
    numbers, wanted = each_request(cluster, server)
    for number in numbers[:-2]:
        prepare(cluster, server)
        server.arm(number, faults.reset_before, from_then_on=True)
        first = run(cluster)
        assert first["failed"] and "No answer from http://127.0.0.1" in first["msg"], first
        assert "Traceback" not in first["msg"]
        server.arm(0, faults.Handler.forward)
        assert not run(cluster).get("failed")
        assert state(cluster) == wanted, f"gone from request {number} on: {first['msg']}"


def test_the_process_is_killed(proxied: tuple[Cluster, faults.Proxy]) -> None:
    """SIGKILL at any request, before and after the server has acted on it: running again finishes, going back leaves nothing of the attempt."""
    cluster, server = proxied
    numbers, wanted = each_request(cluster, server)
    prepare(cluster, server)
    old = state(cluster)
    for number in numbers[:-2]:
        killed_at(cluster, server, number, forwarded=False)
        server.arm(0, faults.Handler.forward)
        assert not run(cluster).get("failed")
        assert state(cluster) == wanted, f"killed at request {number}, run again"
        prepare(cluster, server)
        killed_at(cluster, server, number, forwarded=True)
        prepare(cluster, server)
        assert state(cluster) == old, f"killed at request {number} when the server had acted, gone back"


def killed_at(cluster: Cluster, server: faults.Proxy, number: int, forwarded: bool) -> None:
    victim = os.fork()
    if not victim:
        try:
            os.read(0, 0)
            run(cluster)
        finally:
            os._exit(0)

    def kill(handler: faults.Handler) -> None:
        if forwarded:
            behind, answer = handler.ask()
            answer.read() if "watch=true" not in handler.path else None
            behind.close()
        os.kill(victim, signal.SIGKILL)
        handler.hang_up()

    server.arm(number, kill)
    _pid, how = os.waitpid(victim, 0)
    assert os.WIFSIGNALED(how) and os.WTERMSIG(how) == signal.SIGKILL, f"request {number} was never made"
