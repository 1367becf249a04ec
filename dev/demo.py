# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: a real Kubernetes control plane, an inventory applied to it twice, what exists afterwards, and requests that prove what is served."""

from __future__ import annotations

import datetime
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "roles" / "lab" / "files"))

import inference_lab  # noqa: E402 - found by the line above
from inference_lab import audit  # noqa: E402

STATE = Path(os.environ.get("INFERENCE_LAB_STATE") or ROOT / ".ansible" / "lab").absolute()
LOGS = ROOT / ".ansible" / "demo"
WRITES = ("create", "update", "patch", "delete", "deletecollection")
OURS = "applyset.kubernetes.io/part-of"
LISTS = ("gateway_api", "inference_extension", "namespaces")
"""What a site run does first; the other lists follow as they come."""
ACTIONS = ("create", "update", "replace", "delete", "keep")
KINDS = (
    "gateways.gateway.networking.k8s.io",
    "httproutes.gateway.networking.k8s.io",
    "inferencepools.inference.networking.k8s.io",
    "inferenceobjectives.inference.networking.x-k8s.io",
    "deployments.apps",
    "services",
)


class DemoError(Exception):
    """A step failed; the text says which and what it printed last."""


def environment() -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_"))}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
    env["PYTHONPATH"] = str(ROOT / "roles" / "lab" / "files")
    env["ANSIBLE_CONFIG"] = str(ROOT / "ansible.cfg")  # said aloud: Ansible ignores the file in a folder that everybody may write to
    env["INFERENCE_LAB_STATE"] = str(STATE)
    return env


def lab(*argv: str) -> None:
    """The lab's own progress goes straight to the terminal."""
    code = subprocess.run([sys.executable, "-m", "inference_lab", *argv], cwd=ROOT, env=environment(), check=False).returncode
    if code:
        raise DemoError(f"the lab did not start: `inference_lab {argv[0]}` exited {code}")


def play(argv: list[str], log: Path) -> int:
    """Run a playbook into a log; a terminal shows the task at work, in one line."""
    live = sys.stdout.isatty()
    pipe = subprocess.PIPE
    with (
        log.open("w", encoding="utf-8") as kept,
        subprocess.Popen(argv, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.STDOUT, text=True) as child,
    ):
        for line in child.stdout or ():
            kept.write(line)
            if live and line.startswith("TASK ["):
                print(f"\r\033[K  {line[6:].split(']')[0]}", end="", flush=True)
    if live:
        print("\r\033[K", end="")
    return child.returncode


def apply(label: str) -> dict[str, dict[str, int]]:
    """Run site.yml once; returns the plan's summary of every list."""
    LOGS.mkdir(parents=True, exist_ok=True)
    report, log = LOGS / f"{label}.json", LOGS / f"{label}.log"
    report.unlink(missing_ok=True)
    extra = json.dumps({"inference_gateway_report": str(report)})
    argv = [sys.executable, "-m", "ansible", "playbook", "playbooks/site.yml", "--inventory", "inventories/lab", "--extra-vars", extra]
    since, began = audit.now(), time.monotonic()
    print(f"\n{label} run: ansible-playbook playbooks/site.yml -i inventories/lab", flush=True)
    code = play(argv, log)
    if code:
        tail = "\n".join(log.read_text(encoding="utf-8").splitlines()[-40:])
        raise DemoError(f"site.yml exited {code}; the end of {log}:\n{tail}")
    if not report.exists():
        raise DemoError(f"site.yml wrote no report: no play ran. See {log}")
    summaries: dict[str, dict[str, int]] = json.loads(report.read_text(encoding="utf-8"))
    names = [*(name for name in LISTS if name in summaries), *(name for name in summaries if name not in LISTS)]
    print_table(("", *ACTIONS), [(name, *(str(summaries[name].get(action, 0)) for action in ACTIONS)) for name in names])
    print(f"  {time.monotonic() - began:.1f} s; the API server recorded {requests_since(since)}", flush=True)
    return summaries


def requests_since(since: datetime.datetime) -> str:
    """What Ansible asked, counted in the server's audit log; a server-side dry run is a write in that log, and none in the cluster."""
    running = inference_lab.load(STATE)
    events = running.requests(user="lab:admin", since=since) if running else []
    asked = [event for event in events if "inference-lab" not in event.get("userAgent", "")]
    writing = [event for event in asked if event["verb"] in WRITES]
    tried = [event for event in writing if "dryRun=All" in event["requestURI"]]
    return f"{len(asked)} requests, {len(writing) - len(tried)} of them writes and {len(tried)} dry runs"


def verify() -> None:
    """What is declared, held against what a real gateway serves."""
    running = inference_lab.load(STATE)
    if running is None or not running.traffic:
        print("\nThis lab carries no traffic (see the line above), so nothing is proved by requests.")
        return
    report, log = LOGS / "verify.json", LOGS / "verify.log"
    report.unlink(missing_ok=True)
    extra = json.dumps({"inference_gateway_report": str(report)})
    argv = [sys.executable, "-m", "ansible", "playbook", "playbooks/verify.yml", "--inventory", "inventories/lab", "--extra-vars", extra]
    print("\nby requests through the gateway: ansible-playbook playbooks/verify.yml -i inventories/lab", flush=True)
    code = play(argv, log)
    if code or not report.exists():
        tail = "\n".join(log.read_text(encoding="utf-8").splitlines()[-40:])
        raise DemoError(f"verify.yml exited {code}; the end of {log}:\n{tail}")
    found = json.loads(report.read_text(encoding="utf-8"))
    rows = [row for cluster in found["clusters"].values() for row in cluster["rows"]]
    print_table(("ROUTE", "REQUEST", "EXPECTED", "SEEN", ""), [proof(row) for row in rows])
    print(f"  {found['proved']} proved, {found['refuted']} refuted, {found['unproved']} neither", flush=True)
    if not found["proved"]:
        raise DemoError("verify.yml proved nothing")


def proof(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(shorten(row[name]) for name in ("route", "request", "expected", "seen", "verdict"))


def shorten(text: Any, length: int = 60) -> str:
    said = " ".join(str(text).split())
    return said if len(said) <= length else f"{said[: length - 1]}…"


def print_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        print("  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def kubectl(*argv: str) -> str:
    command = [str(STATE / "bin" / "kubectl"), f"--kubeconfig={STATE / 'admin.kubeconfig'}", *argv]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"kubectl {' '.join(argv)} failed: {done.stderr.strip()}")
    return done.stdout


def status_of(obj: dict[str, Any]) -> str:
    """What the object says of itself, in a few words; honest where nothing has looked at it yet."""
    kind, spec, status = obj["kind"], obj.get("spec", {}), obj.get("status", {})
    if kind == "Deployment":
        return f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)} ready"
    if kind == "Service":
        return f"{spec.get('type', 'ClusterIP')} {spec.get('clusterIP', '')}"
    parents = status.get("parents", [])
    conditions = status.get("conditions", []) + [condition for parent in parents for condition in parent.get("conditions", [])]
    true = [condition["type"] for condition in conditions if condition.get("status") == "True"]
    if true:
        return ", ".join(dict.fromkeys(true))
    return "stored; no controller runs in this lab" if kind in ("Gateway", "HTTPRoute", "InferencePool") else "stored"


def print_objects() -> None:
    """Read back with kubectl, not with our own code."""
    print("\nwhat exists now", flush=True)
    listed = json.loads(kubectl("get", ",".join(KINDS), "--all-namespaces", f"--selector={OURS}", "--output=json"))["items"]
    rows = [(obj["kind"], f"{obj['metadata']['namespace']}/{obj['metadata']['name']}", status_of(obj)) for obj in listed]
    if not rows:
        raise DemoError("nothing of ours exists in the cluster after site.yml")
    print_table(("KIND", "NAME", "STATUS"), sorted(rows))


def total(summaries: dict[str, dict[str, int]]) -> int:
    """How many objects a run wrote."""
    return sum(counts.get(action, 0) for counts in summaries.values() for action in ACTIONS if action != "keep")


def demo() -> None:
    began = time.monotonic()
    lab("build")
    lab("up", "--state", str(STATE))
    first = apply("first")
    second = apply("second")
    if total(second):
        raise DemoError("the second run changed something; it should have found everything as declared")
    print_objects()
    verify()
    print(f"\nThe first run wrote {total(first)} objects, the second none. {time.monotonic() - began:.0f} s in all.\n\nLook around:")
    print(f"  export KUBECONFIG={shlex.quote(str(STATE / 'admin.kubeconfig'))}")
    print(f"  {shlex.quote(str(STATE / 'bin' / 'kubectl'))} get gateways,httproutes,inferencepools -A")
    print("Edit inventories/lab and run `make demo` again: only what differs is written.\nStop: make demo-down", flush=True)


def main() -> int:
    try:
        demo()
    except DemoError as error:
        print(f"\nmake demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. A lab that was started still runs: make demo-down", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
