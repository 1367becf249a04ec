# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubelet of the pods that matter: starts and ends their programs, feeds the model-server simulator, answers on cluster addresses."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, cast

import yaml

from . import container, logs, programs, services
from .mirror import Cluster, Mirror, Object
from .pod_program import PodProgram, die_with_parent
from .services import ServiceProxy

# The cluster address of the Service kubernetes; the API server itself listens there, on its own port.
API = "10.96.0.1"
GATEWAYS = "/apis/gateway.networking.k8s.io/v1/gateways"
# Changes come in bursts; one look a burst.
SETTLE = 0.02
AGAIN = 0.5
SIMULATOR = [sys.executable, "-m", "inference_lab.simulator", "--log", "logs/simulator.log"]


class Supervisor:
    """One lab's."""

    def __init__(self, state: Path, port: int, engines: bool = False) -> None:
        self.state = state
        self.engines = engines
        self.port = port
        self.server = f"https://{API}:{port}"
        self.authority = (state / "pki" / "ca.crt").read_text(encoding="ascii")
        self.changed = asyncio.Event()
        self.cluster = Cluster(f"https://127.0.0.1:{port}", state / "pki", "supervisor")
        self.pods = self._mirror("/api/v1/pods")
        self.services = self._mirror("/api/v1/services")
        self.slices = self._mirror("/apis/discovery.k8s.io/v1/endpointslices")
        self.gateways = self._mirror(GATEWAYS)
        self.files = {"ConfigMap": self._mirror("/api/v1/configmaps"), "Secret": self._mirror("/api/v1/secrets")}
        self.proxy = ServiceProxy()
        self.running: dict[str, PodProgram] = {}
        self.problems: dict[str, str] = {}
        self.table = ""
        self.simulator: asyncio.subprocess.Process | None = None
        self.notice: asyncio.Task[None] | None = None
        self.logs = logs.Logs(state, self._runs)

    def _mirror(self, path: str) -> Mirror:
        return Mirror(self.cluster, path, self.changed.set)

    async def run(self) -> None:
        """Until cancelled; then everything that was started is ended."""
        self.simulator = await self._start_simulator()
        mirrors = [self.pods, self.services, self.slices, *self.files.values()]
        watches = [asyncio.create_task(mirror.run()) for mirror in [*mirrors, self.gateways]]
        await asyncio.gather(*(mirror.listed.wait() for mirror in mirrors))
        await self.logs.start()
        Path("supervisor.ready").write_text(str(os.getpid()), encoding="ascii")
        try:
            while True:
                await self.changed.wait()
                self.changed.clear()
                try:
                    await self._look()
                except Exception as error:  # of one look, whatever it is: without this loop no pod of the lab would start or end any more
                    print(f"will look again: {error!r}", file=sys.stderr, flush=True)
                    self.changed.set()
                    await asyncio.sleep(AGAIN)
                await asyncio.sleep(SETTLE)
        finally:
            for task in watches:
                task.cancel()
            await asyncio.gather(*(program.stop() for program in self.running.values()), return_exceptions=True)
            await self.logs.stop()
            await self.cluster.session.close()

    def _runs(self, namespace: str, name: str) -> bool | None:
        """Whether a pod's program runs; None for a pod that has none."""
        pod = self.pods.get(namespace, name)
        return _has_address(pod) if pod and programs.sort_of(pod, self.engines) else None

    async def _look(self) -> None:
        """Compare what runs with what should."""
        await self.proxy.follow(services.table(list(self.services.objects.values()), list(self.slices.objects.values())))
        self._write_known()
        alive = {pod["metadata"]["uid"]: pod for pod in self.pods.objects.values() if _has_address(pod)}
        for uid in [uid for uid in self.running if uid not in alive]:
            await self.running.pop(uid).stop()
        for uid, pod in alive.items():
            found = programs.sort_of(pod, self.engines)
            if found:
                await self._care(uid, pod, *found)
        await self._feed([pod for pod in alive.values() if not programs.sort_of(pod, self.engines)])

    async def _care(self, uid: str, pod: Object, sort: str, spec: Object) -> None:
        """One pod that cannot be helped, say because its account is gone, is no reason to leave the others alone."""
        problem = ""
        try:
            if uid in self.running:
                self.running[uid].refresh(self._known(pod, sort))
            else:
                await self._start(pod, sort, spec)
        except Exception as error:
            problem = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}: {error!r}"
            asyncio.get_running_loop().call_later(AGAIN, self.changed.set)
        if problem and problem != self.problems.get(uid):
            print(f"will be tried again: {problem}", file=sys.stderr, flush=True)
        self.problems[uid] = problem

    async def _start(self, pod: Object, sort: str, spec: Object) -> None:
        namespace = pod["metadata"]["namespace"]
        # An Envoy talks to pilot only; the others talk to the API server.
        token = await self._token(namespace, pod["spec"].get("serviceAccountName", "default"), container.audiences(pod) if sort == "envoy" else [])
        kubeconfig = self._kubeconfig(token, namespace)
        around = programs.Surroundings("", token, self._known(pod, sort), self._address_of, (API, self.port), self._names())
        entry = PodProgram(self.cluster, self.state, pod, sort, spec)
        entry.start(around, {"kubeconfig": kubeconfig, "account/token": token, "account/ca.crt": self.authority, "account/namespace": namespace})
        self.running[entry.uid] = entry

    def _known(self, pod: Object, sort: str) -> container.Contents:
        """The ConfigMaps and Secrets that a pod's program reads, as they are now."""
        namespace = pod["metadata"]["namespace"]
        found = {key: self.files[key[0]].get(namespace, key[1]) for key in container.references(pod) | programs.also_reads(sort, pod)}
        return {key: container.contents(key[0], item) for key, item in found.items() if item}

    async def _token(self, namespace: str, account: str, audiences: list[str]) -> str:
        """As the kubelet gets it: the rights are those that the pod's own account has, no more. No audience is the API server."""
        spec = {"expirationSeconds": 30 * 24 * 3600, "audiences": audiences}
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        status, found = await self.cluster.request("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token", body)
        if status != 201:
            raise OSError(f"no token for ServiceAccount {namespace}/{account}: {found.get('message')}")
        return str(found["status"]["token"])

    def _kubeconfig(self, token: str, namespace: str) -> str:
        cluster = {"server": self.server, "certificate-authority-data": base64.b64encode(self.authority.encode()).decode("ascii")}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "lab", "cluster": cluster}],
            "users": [{"name": "pod", "user": {"token": token}}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "pod", "namespace": namespace}}],
            "current-context": "lab",
        }
        return yaml.safe_dump(content)

    def _address_of(self, namespace: str, service: str) -> str:
        found = self.services.get(namespace, service)
        if not found:
            raise KeyError(f"no Service {namespace}/{service}")
        return str(found["spec"]["clusterIP"])

    def _names(self) -> dict[str, str]:
        return {f"{name}.{namespace}": item["spec"].get("clusterIP", "") for (namespace, name), item in self.services.objects.items()}

    def _write_known(self) -> None:
        """For the door: which address is the gateway's, and the Services by name."""
        names = self._names()
        known = {"gateway": _gateway(list(self.gateways.objects.values()), names), "services": names}
        text = json.dumps(known)
        if getattr(self, "known", "") != text:
            fresh = Path(".traffic.json.new")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace("traffic.json")
            self.known = text

    async def _start_simulator(self) -> asyncio.subprocess.Process:
        with Path("logs/simulator.err").open("wb") as err:
            child = await asyncio.create_subprocess_exec(
                *SIMULATOR, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=err, preexec_fn=die_with_parent, limit=2**24
            )
        self.table = ""
        self.notice = asyncio.create_task(self._notice(child))
        return child

    async def _notice(self, child: asyncio.subprocess.Process) -> None:
        """Its end is looked at even when no pod changes; not at once, so that one that always ends does not keep us busy."""
        await child.wait()
        await asyncio.sleep(AGAIN)
        self.changed.set()

    async def _feed(self, pods: list[Object]) -> None:
        """The whole table, when it has changed."""
        table = json.dumps({"pods": [_row(pod) for pod in pods]})
        if self.simulator is None:
            return
        if self.simulator.returncode is not None:
            print(f"the simulator has ended with {self.simulator.returncode}: see logs/simulator.err; starting it again", file=sys.stderr, flush=True)
            self.simulator = await self._start_simulator()
        if table == self.table:
            return
        to, back = cast("asyncio.StreamWriter", self.simulator.stdin), cast("asyncio.StreamReader", self.simulator.stdout)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            to.write(table.encode() + b"\n")
            await to.drain()
            answer = await asyncio.wait_for(back.readline(), 10)
            for problem in json.loads(answer or b"{}").get("problems", []):
                print(f"simulator: {problem}", file=sys.stderr, flush=True)
            self.table = table


def _has_address(pod: Object) -> bool:
    return bool(pod["status"].get("podIP")) and "deletionTimestamp" not in pod["metadata"] and pod["status"].get("phase") == "Running"


def _row(pod: Object) -> dict[str, Any]:
    meta = pod["metadata"]
    row = {"address": pod["status"]["podIP"], "namespace": meta["namespace"], "name": meta["name"]}
    row |= {"labels": meta.get("labels", {}), "annotations": meta.get("annotations", {})}
    return row | {"containers": pod["spec"]["containers"], "initContainers": pod["spec"].get("initContainers", [])}


def _gateway(gateways: list[Object], names: dict[str, str]) -> tuple[str, int] | None:
    """Address and first port of the oldest Gateway that has an address here."""
    for item in sorted(gateways, key=lambda item: (item["metadata"]["creationTimestamp"], item["metadata"]["name"])):
        for entry in item.get("status", {}).get("addresses", []):
            value = entry["value"]
            address = names.get(value.removesuffix(".cluster.local").removesuffix(".svc"), value)
            if address.startswith(("10.96.", "10.244.")):
                return address, item["spec"]["listeners"][0]["port"]
    return None


async def _main(port: int, engines: bool) -> None:
    task = asyncio.ensure_future(Supervisor(Path.cwd(), port, engines).run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), "engines" in sys.argv[2:]))
