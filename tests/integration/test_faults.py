# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever fails at whatever request: a rerun brings the cluster to where an undisturbed run would have, and nothing foreign is touched."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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

GATEWAY_API = "gateway.networking.k8s.io/v1"
OLD = [config_map("kept", a="1"), config_map("changed", a="1"), config_map("pruned", a="1")]
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "svc"}, "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}}
NEW = [config_map("kept", a="1"), config_map("changed", a="2"), config_map("created", a="1"), SERVICE]
PARAMS: dict[str, Any] = {"prune": True, "prune_limit": "100%", "wait": True, "wait_timeout": 20, "concurrency": 1}


AT_ONCE = {**PARAMS, "wait": False}


@dataclass(frozen=True)
class Story:
    """From one state to another. Parameters may name a second namespace; ``exact`` where an undisturbed run asks for the same each time, a watch does not."""

    old: Callable[[str], dict[str, Any]]
    new: Callable[[str], dict[str, Any]]
    least: int
    module: str = "applyset"
    exact: bool = True
    faults: tuple[str, ...] = ("reset-after", "409", "500")
    """The server has acted and nobody knows, a refusal, and what is worth another try: all faults go one of these ways."""

    def told(self, numbers: range) -> range:
        """Those requests of an undisturbed run that any run makes."""
        return numbers if self.exact else numbers[:-2]


def objects(*declared: dict[str, Any], **more: Any) -> Callable[[str], dict[str, Any]]:
    return lambda _other: {**AT_ONCE, "objects": list(declared), **more}


def routes(backend: dict[str, Any], name: str) -> Callable[[str], dict[str, Any]]:
    def params(other: str) -> dict[str, Any]:
        entry = {"name": name, "parents": ["gateway"], "hostnames": ["a.example.com"]}
        place = {"namespace": other} if backend.get("namespace") else {}
        return {**AT_ONCE, "inference_routes": [{**entry, "rules": [{"path": "/v1", "backends": [{**backend, **place}]}]}]}

    return params


CHANGE = Story(objects(*OLD), objects(*NEW, wait=True), least=16, exact=False)
STORIES = {
    "made of nothing": Story(objects(), objects(NEW[0]), least=6),
    "taken away": Story(objects(*OLD[:2]), objects(OLD[0], state="absent"), least=6),
    "emptied": Story(objects(OLD[0]), objects(), least=6),
    # Two objects for one entry, in two namespaces, where the route before it needed none.
    "a route with its grant": Story(
        routes({"service": "a", "port": 80}, "old"),
        routes({"service": "a", "port": 80, "namespace": "other"}, "new"),
        least=9,
        module="inference_routes",
        faults=("reset-after",),
    ),
}


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


@pytest.fixture
def other(cluster: Cluster, crds: Path) -> Iterator[str]:  # noqa: ARG001 - there have to be grants
    """A second namespace, with a grant of somebody else's in it."""
    name = f"{cluster.namespace}-b"
    cluster.lab.kubectl("create", "namespace", name)
    grant = {"apiVersion": GATEWAY_API, "kind": "ReferenceGrant", "metadata": {"name": "foreign", "namespace": name}}
    ends = {"from": [{"group": "a.example", "kind": "A", "namespace": "a"}], "to": [{"group": "", "kind": "Service"}]}
    cluster.lab.kubectl("apply", "-f", "-", input=json.dumps({**grant, "spec": ends}))
    yield name
    cluster.lab.kubectl("delete", "namespace", name, "--wait=false")


class Trials:
    """A story, told as often as there are requests in it."""

    def __init__(self, story: Story, proxied: tuple[Cluster, faults.Proxy], other: str = "") -> None:
        self.story = story
        self.cluster, self.server = proxied
        self.other = other
        self.prepare()
        self.old = self.state()
        assert not self.run().get("failed")
        assert len(self.server.seen) >= story.least, self.server.seen
        self.numbers, self.wanted = range(1, len(self.server.seen) + 1), self.state()

    def prepare(self) -> None:
        """The old state, however the last trial left the namespace."""
        self.server.arm(0, faults.Handler.forward)
        self.cluster.ok(self.story.module, **self.story.old(self.other))
        self.server.arm(0, faults.Handler.forward)

    def run(self) -> dict[str, Any]:
        return self.cluster.run(self.story.module, **self.story.new(self.other))

    def run_again(self) -> dict[str, Any]:
        self.server.arm(0, faults.Handler.forward)
        return self.run()

    def state(self) -> dict[str, Any]:
        """What the set consists of, what the parent says of it, and what is foreign."""
        found = self._read("/api/v1", self.cluster.namespace, "configmaps", "services")
        if self.other:
            found |= self._read(f"/apis/{GATEWAY_API}", self.cluster.namespace, "httproutes", "referencegrants")
            found |= self._read(f"/apis/{GATEWAY_API}", self.other, "referencegrants")
        return found

    def _read(self, api: str, namespace: str, *kinds: str) -> dict[str, Any]:
        found = {}
        for kind in kinds:
            for each in self.cluster.lab.api.read(f"{api}/namespaces/{namespace}/{kind}")["items"]:
                meta = each["metadata"]
                notes = {name: value for name, value in meta.get("annotations", {}).items() if name != "inference.gateway/run"}
                content = each.get("data") if kind == "configmaps" else each.get("spec") if kind != "services" else None
                found[f"{namespace}/{kind}/{meta['name']}"] = (content, "applyset.kubernetes.io/part-of" in meta.get("labels", {}), notes)
        found.pop(f"{namespace}/configmaps/kube-root-ca.crt", None)
        return found

    def fail_each(self, name: str) -> None:
        """The request of each number suffers the fault, then the story is told to its end."""
        for number in self.numbers:
            self.prepare()
            self.server.arm(number, FAULTS[name])
            first = self.run()
            if len(self.server.seen) < number:
                assert not self.story.exact and number > self.numbers[-1] - 3
                break
            place = f"{name} at request {number}, {self.server.seen[number - 1]}: {first.get('msg')}"
            assert "Traceback" not in str(first.get("msg")), place
            assert name not in PASSING or not first.get("failed"), place
            again = self.run_again()
            assert not again.get("failed"), place
            assert self.state() == self.wanted, place
            assert first.get("failed") or not again["changed"], place

    def kill_each(self) -> None:
        """SIGKILL at any request, before and after the server has acted on it: running again finishes, going back leaves nothing of the attempt."""
        for number in self.story.told(self.numbers):
            self.prepare()
            self.killed_at(number, forwarded=False)
            assert not self.run_again().get("failed")
            assert self.state() == self.wanted, f"killed at request {number}, run again"
            self.prepare()
            self.killed_at(number, forwarded=True)
            self.prepare()
            assert self.state() == self.old, f"killed at request {number} when the server had acted, gone back"

    def kill_each_once(self) -> None:
        """The same for a story in which one request follows another: what the server had done before a request it had done after the one before."""
        for number in self.numbers:
            self.prepare()
            self.killed_at(number, forwarded=True)
            assert not self.run_again().get("failed")
            assert self.state() == self.wanted, f"killed at request {number} when the server had acted, run again"

    def killed_at(self, number: int, forwarded: bool) -> None:
        victim = os.fork()
        if not victim:
            try:
                os.read(0, 0)
                self.run()
            finally:
                os._exit(0)

        def kill(handler: faults.Handler) -> None:
            if forwarded:
                behind, answer = handler.ask()
                answer.read() if "watch=true" not in handler.path else None
                behind.close()
            os.kill(victim, signal.SIGKILL)
            handler.hang_up()

        self.server.arm(number, kill)
        _pid, how = os.waitpid(victim, 0)
        assert os.WIFSIGNALED(how) and os.WTERMSIG(how) == signal.SIGKILL, f"request {number} was never made"


@pytest.mark.parametrize("name", FAULTS)
def test_any_request_may_fail(proxied: tuple[Cluster, faults.Proxy], name: str) -> None:
    Trials(CHANGE, proxied).fail_each(name)


def test_the_server_stays_away(proxied: tuple[Cluster, faults.Proxy]) -> None:
    """From any request on nothing answers: the run fails, says what it wrote, and a rerun finishes."""
    trials = Trials(CHANGE, proxied)
    for number in CHANGE.told(trials.numbers):
        trials.prepare()
        trials.server.arm(number, faults.reset_before, from_then_on=True)
        first = trials.run()
        assert first["failed"] and "No answer from http://127.0.0.1" in first["msg"], first
        assert "Traceback" not in first["msg"]
        assert not trials.run_again().get("failed")
        assert trials.state() == trials.wanted, f"gone from request {number} on: {first['msg']}"


def test_the_process_is_killed(proxied: tuple[Cluster, faults.Proxy]) -> None:
    Trials(CHANGE, proxied).kill_each()


@pytest.mark.parametrize("name", STORIES)
def test_short_stories(proxied: tuple[Cluster, faults.Proxy], other: str, name: str) -> None:
    trials = Trials(STORIES[name], proxied, other)
    members = {place for place, (_content, marked, _notes) in trials.wanted.items() if marked}
    parents = [place for place, (_content, _marked, notes) in trials.wanted.items() if any(note.startswith("applyset.") for note in notes)]
    counts = {"made of nothing": (1, 1), "taken away": (1, 1), "emptied": (0, 0), "a route with its grant": (2, 1)}
    assert (len(members), len(parents)) == counts[name], trials.wanted
    assert trials.old != trials.wanted and f"{other}/referencegrants/foreign" in trials.wanted
    for fault in STORIES[name].faults:
        trials.fail_each(fault)
    trials.kill_each_once()
