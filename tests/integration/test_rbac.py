# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles in docs/rbac are enough and not one verb too much: each module runs with exactly them, and with each verb taken away in turn."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from contract import kong_crds
from inference_lab import Lab

from .conftest import Cluster, Result, deployment
from .rbac_cases import LINT, NAMES, PLACES, RIGHTS, ROLES, Entries, Rights, pools, service

pytestmark = pytest.mark.usefixtures("crds")

ROOT = "/apis/rbac.authorization.k8s.io/v1/namespaces"
OWNER = "platform"
ACCOUNT = "ci"
Rules = list[dict[str, Any]]


@dataclass(frozen=True)
class Verb:
    """One verb of one rule of a role."""

    role: str
    rule: int
    verb: str
    resource: str


class Account:
    """A service account with the roles of one module's file in two namespaces, and whatever of them is taken away."""

    def __init__(self, cluster: Cluster, rights: Rights, other: str) -> None:
        self.cluster, self.rights, self.other = cluster, rights, other
        documents = yaml.safe_load(rights.path.read_text())["items"]
        self.roles: dict[str, Rules] = {document["metadata"]["name"].rpartition("-")[2]: document["rules"] for document in documents}
        self.user = f"system:serviceaccount:{cluster.namespace}:{ACCOUNT}"
        self.bound: dict[str, Rules] = {}
        cluster.kubectl("create", "serviceaccount", ACCOUNT)
        for namespace in (cluster.namespace, other):
            self._send("POST", namespace, "roles", {"metadata": {"name": ACCOUNT}, "rules": []})
            about = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": ACCOUNT}
            subjects = [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": cluster.namespace}]
            self._send("POST", namespace, "rolebindings", {"metadata": {"name": ACCOUNT}, "roleRef": about, "subjects": subjects})
        token = cluster.kubectl("create", "token", ACCOUNT).strip()
        authority = str(cluster.lab.state / "pki" / "ca.crt")
        self.access = {"kubeconfig": None, "host": cluster.lab.server, "api_key": token, "ca_cert": authority, "owner": OWNER}

    def _send(self, method: str, namespace: str, kind: str, obj: dict[str, Any]) -> None:
        path = f"{ROOT}/{namespace}/{kind}" + (f"/{ACCOUNT}" if method == "PUT" else "")
        status, text = self.cluster.lab.api.request(method, path, obj)
        assert status in (200, 201), text

    def may(self, *roles: str, without: Verb | None = None) -> None:
        """Have exactly these roles, less one verb, once the server heeds it."""
        self.bound = copy.deepcopy({role: self.roles[role] for role in roles if role in self.roles})
        if without:
            self.bound[without.role][without.rule]["verbs"].remove(without.verb)
        rules = [rule for role in self.bound.values() for rule in role if rule["verbs"]]
        for namespace in (self.cluster.namespace, self.other):
            # The owner's record is in the home namespace alone.
            there = rules if namespace == self.cluster.namespace else [rule for rule in rules if "configmaps" not in rule["resources"]]
            self._send("PUT", namespace, "roles", {"metadata": {"name": ACCOUNT}, "rules": [*there, self._stamp()]})
            self._heeded(namespace)

    def _stamp(self) -> dict[str, Any]:
        """A right to nothing that there is, by which the server shows that it has read the role."""
        self.stamp = getattr(self, "stamp", 0) + 1
        return {"apiGroups": ["example.com"], "resources": ["nothing"], "verbs": [f"stamp{self.stamp}"]}

    def _heeded(self, namespace: str) -> None:
        about = {"namespace": namespace, "verb": f"stamp{self.stamp}", "group": "example.com", "resource": "nothing"}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {"user": self.user, "resourceAttributes": about}}
        end = time.monotonic() + 10
        while not json.loads(self.cluster.lab.api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)[1])["status"]["allowed"]:
            assert time.monotonic() < end
            time.sleep(0.01)

    def verbs(self, *roles: str) -> Iterator[Verb]:
        for role in roles:
            for number, rule in enumerate(self.roles.get(role, [])):
                yield from (Verb(role, number, verb, rule["resources"][0]) for verb in rule["verbs"])

    def run(self, module: str = "", **params: Any) -> Result:
        own = self.rights.params if module in ("", self.rights.module) else {}
        return self.cluster.run(module or self.rights.module, **self.access, **own, **params)

    def entries(self, *names: str) -> dict[str, Entries]:
        return {self.rights.option: [entry for name in names for entry in self.rights.make(name, self.other)]}

    def state(self) -> dict[str, Any]:
        """Every object that the roles speak of, in its version."""
        found = {}
        for resource in {rule["resources"][0] for role in self.roles.values() for rule in role}:
            for namespace in (self.cluster.namespace, self.other):
                for item in self.cluster.lab.api.read(f"{PLACES[resource]}/namespaces/{namespace}/{resource}")["items"]:
                    meta = item["metadata"]
                    if meta["name"] != "kube-root-ca.crt":
                        # A Deployment's status changes by itself.
                        found[f"{resource} {namespace}/{meta['name']}"] = (meta["uid"], meta.get("generation") or meta["resourceVersion"])
        return found


@pytest.fixture(scope="module", autouse=True)
def _kinds(lab: Lab) -> None:
    kong_crds.install(lab)


@pytest.fixture
def other(cluster: Cluster) -> Iterator[str]:
    name = f"{cluster.namespace[:50]}-other"
    cluster.lab.kubectl("create", "namespace", name)
    yield name
    cluster.lab.kubectl("delete", "namespace", name, "--wait=false")


def named(file: str) -> Rights:
    return RIGHTS[NAMES.index(file)]


def denied(result: Result, verb: Verb, account: Account) -> None:
    assert result.get("failed"), f"{verb} is not needed"
    message = result["msg"]
    assert f'lacks the verb "{verb.verb}" on {verb.resource}' in message, (verb, message)
    assert account.cluster.namespace in message and "Traceback" not in message


@pytest.mark.parametrize("rights", RIGHTS, ids=NAMES)
def test_exactly_these_rights(cluster: Cluster, other: str, rights: Rights) -> None:
    account = Account(cluster, rights, other)
    first, both = account.entries("a"), account.entries("a", "b")

    def step(roles: tuple[str, ...], verbs: list[Verb], module: str = "", **params: Any) -> Result:
        """The same run with each of VERBS taken away, which is told and changes nothing, and then with all of the roles, which works."""
        before = account.state() if verbs else {}
        for verb in verbs:
            account.may(*roles, without=verb)
            denied(account.run(module, **params), verb, account)
            assert account.state() == before, verb
        account.may(*roles)
        result = account.run(module, **params)
        assert not result.get("failed"), result["msg"]
        return result

    verbs = list(account.verbs("apply"))
    later = [verb for verb in verbs if (verb.resource, verb.verb) == ("configmaps", "update")]
    step(("apply",), [verb for verb in verbs if verb.verb == "patch"], **first, check=True)
    assert step(("apply",), [verb for verb in verbs if verb not in later], **first)["changed"]
    assert not step(("apply",), [], **first)["changed"]
    assert step(("apply",), later, **both)["changed"]
    prune = list(account.verbs("prune"))
    last = [verb for verb in prune if verb.resource == "configmaps"]
    step(("apply", "prune"), [], **first, prune=True, check=True)
    assert step(("apply", "prune"), [verb for verb in prune if verb not in last], **first, prune=True)["changed"]
    assert not step(("apply", "prune"), [], **first, prune=True)["changed"]
    if "read" in account.roles:
        assert step(("read",), list(account.verbs("read")), module=f"{rights.module}_info")[rights.option]
    everything = ("apply", "prune", "absent")
    assert step(everything, [*account.verbs("absent"), *last], **first, state="absent")["changed"]
    assert not step(everything, [], **first, state="absent")["changed"]
    assert not any(name.startswith("ConfigMap") for name in account.state())


WAITING = [rights for rights in RIGHTS if "wait" in rights.path.read_text()]


@pytest.mark.parametrize("rights", WAITING, ids=lambda rights: rights.path.stem)
def test_waiting(cluster: Cluster, other: str, rights: Rights) -> None:
    """Nothing runs here that would make it ready, so waiting has to watch."""
    account = Account(cluster, rights, other)
    account.may("apply")
    (verb,) = account.verbs("wait")
    result = account.run(**account.entries("a"), wait=True, wait_timeout=5)
    denied(result, verb, account)
    assert "Everything is written, but it cannot be waited for" in result["msg"]
    account.may("apply", "wait")
    assert "Written, but not ready after 1 s" in account.run(**account.entries("a"), wait=True, wait_timeout=1)["msg"]


def test_every_file_is_tried() -> None:
    assert {file.stem for file in ROLES.glob("*.yaml")} == {*NAMES, LINT.path.stem}


class Looking(Account):
    """Lint with a look at the cluster: the role ``namespaces`` is bound in the whole cluster."""

    def __init__(self, cluster: Cluster, other: str) -> None:
        super().__init__(cluster, LINT, other)
        self.told: list[str] = []

    def everywhere(self, rules: Rules) -> None:
        api = "rbac.authorization.k8s.io"
        name = {"name": self.cluster.namespace}
        account = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": self.cluster.namespace}
        role = {"apiVersion": f"{api}/v1", "kind": "ClusterRole", "metadata": name, "rules": [*rules, self._stamp()]}
        about = {"apiGroup": api, "kind": "ClusterRole", **name}
        binding = {"apiVersion": f"{api}/v1", "kind": "ClusterRoleBinding", "metadata": name, "roleRef": about, "subjects": [account]}
        self.cluster.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": [role, binding]}))
        self._heeded("")

    def look(self) -> tuple[set[str], list[str]]:
        """The rules that found something, and what could not be looked at."""
        access = {option: value for option, value in self.access.items() if option != "owner"}
        tls = {"name": "https", "port": 443, "tls": {"certificates": ["edge-tls"]}}
        gateway = {"name": "edge", "namespace": self.other, "class": "none", "listeners": [tls]}
        route = {"name": "a", "parents": ["gone"], "rules": [{"backends": [{"pool": "gone"}]}]}
        result = self.cluster.main("inference_lint", {**access, "cluster": True, "gateways": [gateway], "inference_routes": [route]})
        assert "findings" in result, result["msg"]
        # Ansible keeps warnings in the process, so those of earlier runs are there again.
        hidden = [text for warning in result.get("warnings", []) if "not looked at" in (text := str(warning)) and text not in self.told]
        self.told += hidden
        return {finding["rule"] for finding in result["findings"]}, hidden


def test_lint_with_a_look_at_the_cluster(cluster: Cluster, other: str) -> None:
    account = Looking(cluster, other)
    try:
        account.everywhere(account.roles["namespaces"])
        account.may("read")
        found, hidden = account.look()
        assert (found >= {"certificate-missing", "unknown-backend", "unknown-parent"}, hidden) == (True, [])
        for verb in account.verbs("read"):
            account.may("read", without=verb)
            less, hidden = account.look()
            assert less <= found, "what is not known is not wrong"
            assert len(hidden) == 1 and f'lacks the verb "{verb.verb}" on {verb.resource}' in hidden[0], (verb, hidden)
        account.may("read")
        account.everywhere([])
        _less, hidden = account.look()
        assert len(hidden) == 1 and 'lacks the verb "list" on namespaces' in hidden[0]
    finally:
        cluster.kubectl("delete", "clusterrole,clusterrolebinding", cluster.namespace)


def test_adopting(cluster: Cluster, other: str) -> None:
    account = Account(cluster, named("inference_pools"), other)
    cluster.ok("inference_pools", owner="earlier", inference_pools=pools("a", other))
    cluster.kubectl("label", "inferencepools", "a", "applyset.kubernetes.io/part-of-")
    account.may("apply")
    assert account.run(inference_pools=pools("a", other), adopt=True)["changed"]
    assert not account.run(inference_pools=pools("a", other))["changed"]


def test_replacing(cluster: Cluster, other: str) -> None:
    """An object that has to be deleted for its successor stays where there is no right to delete."""
    account = Account(cluster, named("applyset"), other)
    account.may("apply")
    old, new = deployment("d"), deployment("e")
    new["metadata"]["name"] = "d"
    assert not account.run(objects=[old]).get("failed")
    before = account.state()
    message = account.run(objects=[service("s"), new], on_immutable="replace")["msg"]
    assert account.state() == before
    assert 'lacks the verb "delete" on deployments.apps' in message
    account.may("apply", "prune")
    assert account.run(objects=[service("s"), new], on_immutable="replace")["summary"]["replace"] == 1
