# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stopping and starting against a server that says what others did meanwhile, and that may fail after it has written."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import GatewayError
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Report
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import entries_of
from ansible_collections.inference.gateway.plugins.module_utils.models.route import Route
from ansible_collections.inference.gateway.plugins.module_utils.probe.failover import Watch
from ansible_collections.inference.gateway.plugins.module_utils.probe.outage import stopped
from ansible_collections.inference.gateway.plugins.module_utils.probe.verify import homes
from ansible_collections.inference.gateway.plugins.module_utils.probe.workloads import MANAGER, NOTE, NoFaultError, Workload, start, stop
from ansible_collections.inference.gateway.plugins.module_utils.stores.transport import ApiError, Transport

A = Workload("Deployment", "ai", "a")


class Server:
    """One Deployment of three pods. ``after`` is done to it when that many requests were answered; ``fault`` may fail one, before or after it was written."""

    def __init__(self) -> None:
        own = {"manager": "site", "operation": "Apply", "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
        self.live: dict[str, Any] = {"metadata": {"resourceVersion": "1", "managedFields": [own]}, "spec": {"replicas": 3}}
        self.after: dict[int, Callable[[Server], None]] = {}
        self.fault: dict[int, tuple[int, bool]] = {}
        self.asked = 0
        self.sleep: Callable[[float], None] = lambda _seconds: None

    def request(self, method: str, path: str, **more: Any) -> Any:
        assert path == A.path
        self.asked += 1
        status, written = self.fault.get(self.asked, (0, True))
        if method == "PATCH" and written:
            self.write(more["body"], more["query"]["fieldManager"], path)
        if status:
            raise ApiError(status, {"message": "no"}, method, path)
        answer = copy.deepcopy(self.live)
        self.after.pop(self.asked, lambda _server: None)(self)
        return answer

    def write(self, body: dict[str, Any], manager: str, path: str) -> None:
        meta, given = self.live["metadata"], body.get("metadata", {})
        if given.get("resourceVersion", meta["resourceVersion"]) != meta["resourceVersion"]:
            raise ApiError(409, {"message": "conflict"}, "PATCH", path)
        meta["resourceVersion"] = str(int(meta["resourceVersion"]) + 1)
        notes = {**meta.get("annotations", {}), **given.get("annotations", {})}
        meta["annotations"] = {name: value for name, value in notes.items() if value is not None}
        meta["managedFields"] = given.get("managedFields", meta["managedFields"])
        if "spec" in body and body["spec"]["replicas"] != self.replicas:
            self.live["spec"]["replicas"] = body["spec"]["replicas"]
            entry = {"manager": manager, "operation": "Update", "apiVersion": "apps/v1", "fieldsType": "FieldsV1"}
            meta["managedFields"] = [{**entry, "fieldsV1": {"f:spec": {"f:replicas": {}}}}]

    @property
    def replicas(self) -> int:
        return int(self.live["spec"]["replicas"])

    @property
    def owners(self) -> list[str]:
        return [entry["manager"] for entry in self.live["metadata"]["managedFields"]]

    @property
    def noted(self) -> bool:
        return NOTE in self.live["metadata"].get("annotations", {})

    @property
    def transport(self) -> Transport:
        return cast(Transport, self)


def scaled(server: Server) -> None:
    """Somebody else decides."""
    server.write({"spec": {"replicas": 5}}, "kubectl", A.path)


def test_stopped_and_as_before() -> None:
    server = Server()
    stop(server.transport, A)
    assert (server.replicas, server.owners, json.loads(server.live["metadata"]["annotations"][NOTE])["replicas"]) == (0, [MANAGER], 3)
    start(server.transport, A)
    assert (server.replicas, server.owners, server.noted) == (3, ["site"], False)


def test_a_number_that_somebody_else_gave_it_meanwhile_stays() -> None:
    server = Server()
    stop(server.transport, A)
    scaled(server)
    start(server.transport, A)
    assert (server.replicas, server.owners, server.noted) == (5, ["kubectl"], False)


@pytest.mark.parametrize("moment", [3, 4], ids=["before our number", "before the note goes"])
def test_a_number_that_comes_between_our_writes_stays(moment: int) -> None:
    server = Server()
    stop(server.transport, A)
    server.after[moment] = scaled
    start(server.transport, A)
    assert (server.replicas, server.owners, server.noted) == (5, ["kubectl"], False)


def test_one_that_is_gone_meanwhile_needs_no_start() -> None:
    server = Server()
    with stopped(server.transport, [A], Watch(1)):
        server.fault[server.asked + 1] = (404, False)


@pytest.mark.parametrize(("status", "written"), [(403, False), (422, False), (500, False), (500, True), (504, True)])
def test_what_may_have_been_stopped_is_started_again(status: int, written: bool) -> None:
    server = Server()
    server.fault[2] = (status, written)
    with pytest.raises(NoFaultError, match="cannot be stopped"), stopped(server.transport, [A], Watch(1)):
        raise AssertionError("there was no fault to watch")
    assert (server.replicas, server.owners, server.noted) == (3, ["site"], False)


def test_one_that_cannot_be_started_is_told() -> None:
    server = Server()
    with pytest.raises(GatewayError, match="not started again: Deployment ai/a"), stopped(server.transport, [A], Watch(1)):
        server.fault[server.asked + 2] = (403, False)
    assert server.noted


def test_what_was_left_stopped_is_looked_for_where_the_services_are() -> None:
    backends = [{"service": "a", "port": 80, "namespace": "models"}, {"service": "b", "port": 80}, {"pool": "p", "namespace": "pools"}]
    entries = entries_of(Route, [{"name": "r", "parents": ["gw"], "rules": [{"backends": backends}]}], "inference_routes", "ai", Report())
    assert homes(entries) == {"models", "ai"}
