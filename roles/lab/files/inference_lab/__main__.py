# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: python -m inference_lab {preflight,build,up,down,status,env}."""

from __future__ import annotations

import argparse
import errno
import json
import shlex
import signal
import sys
from pathlib import Path
from typing import Any

from . import engines, lab, pins, preflight, process, starting, toolchain, versions, wheels
from .build import check_room, lacking
from .contents import Nodes
from .errors import LabError
from .lab import Lab, Wishes
from .paths import cache_root, default_state, manifests_root

WISH = {"auto": None, "yes": True, "no": False}


def main(argv: list[str] | None = None) -> int:
    """Exit status: 0 done, 1 could not, 3 (status) not running."""
    options = _parser().parse_args(argv)
    try:
        status: int = options.run(options)
    except LabError as error:
        sys.stderr.write(f"ERROR: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"ERROR: {_remedy(error)}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    return status


def _remedy(error: OSError) -> LabError:
    """The two that users meet: folders that are not theirs, and a full disk."""
    hints = {
        errno.EACCES: "name folders that you may write, with --state and with --cache or INFERENCE_LAB_CACHE",
        errno.EROFS: "name folders on a disk that can be written, with --state and with --cache or INFERENCE_LAB_CACHE",
        errno.ENOSPC: "free some disk room, or set INFERENCE_LAB_CACHE, GOCACHE and GOMODCACHE to a larger disk",
    }
    return LabError(str(error), hints.get(error.errno or 0, ""))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference_lab", description="A Kubernetes control plane without containers.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("preflight", _preflight, "say what this machine lacks"),
        ("build", _build, "build the pinned programs into the cache"),
        ("up", _up, "build what is missing and start the lab"),
        ("down", _down, "stop the lab and remove its state folder"),
        ("status", _status, "say what runs and where"),
        ("env", _env, "print shell lines that point kubectl and helm at the lab"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        command.add_argument("--json", action="store_true", help="print a JSON object for programs")
        if name != "build":
            command.add_argument("--state", type=Path, default=default_state(), help="the lab's folder (default: %(default)s)")
        if name in ("preflight", "build", "up"):
            command.add_argument("--cache", type=Path, default=cache_root(), help="what all labs share (default: %(default)s)")
        if name in ("preflight", "build", "up"):
            command.add_argument("--traffic", choices=sorted(WISH), default="auto", help="whether pods answer requests (auto: where it can be had)")
            meaning = "whether real servers stand behind Ollama's pods (auto: where they can be built; default: no)"
            command.add_argument("--engines", choices=sorted(WISH), default="no", help=meaning)
        if name in ("build", "up", "down"):
            command.add_argument("--check", action="store_true", help="say what would be done, and do nothing")
        if name in ("preflight", "up"):
            command.add_argument("--port", type=int, help="port of the API server (default: any free one)")
        if name == "up":
            for sort, count in vars(Nodes()).items():
                command.add_argument(f"--{sort}", type=int, default=count, help=f"number of {sort} nodes (default: {count})")
    return parser


def _say(options: argparse.Namespace, facts: dict[str, Any], text: str) -> None:
    sys.stdout.write((json.dumps(facts) if options.json else text) + "\n")


def _build(options: argparse.Namespace) -> int:
    cache = options.cache.absolute()
    if options.check:
        missing = _missing(cache, WISH[options.traffic], WISH[options.engines])
        _say(options, {"changed": bool(missing), "missing": missing}, f"to build: {', '.join(missing) or 'nothing'}")
        return 0
    built, _lack = engines.build(cache, starting.can_carry_traffic(WISH[options.traffic]), WISH[options.engines])
    facts = {"changed": bool(built.changed), "built": built.changed, "cache": str(cache), "manifests": str(manifests_root(cache))}
    _say(options, facts, f"the cache {cache} holds all programs")
    return 0


def _missing(cache: Path, wish: bool | None, real: bool | None) -> list[str]:
    """Names of what a build would make; without Go nobody can say, so all of it."""
    traffic = starting.can_carry_traffic(wish)
    groups, go = pins.load(traffic=traffic), toolchain.find_installed(cache)
    taken = wheels.lacking(cache, pins.load_wheels()) if traffic else []
    more = [] if engines.missing(cache, traffic, real) else engines.to_build(cache)
    return [group.name for group in (groups if go is None else lacking(cache, groups, go))] + taken + more


def _preflight(options: argparse.Namespace) -> int:
    preflight.platform_fits()
    traffic = starting.can_carry_traffic(WISH[options.traffic])
    cache = options.cache.absolute()
    engines.missing(cache, traffic, WISH[options.engines])
    go = toolchain.find_installed(cache)
    if go is not None:
        check_room(cache, lacking(cache, pins.load(traffic=traffic), go), go)
    if options.port is not None and not _running(options.state):
        preflight.port_free(options.port)
    _say(options, {"changed": False, "go": go.version if go else None}, f"this machine fits; {go.version if go else 'Go will come as a wheel'}")
    return 0


def _running(state: Path) -> Lab | None:
    found = lab.load(state.absolute())
    return found if found is not None and not found.dead() else None


def _up(options: argparse.Namespace) -> int:
    nodes = Nodes(options.h100, options.mi300x, options.cpu)
    running = _running(options.state)
    if options.check:
        if running:
            lab.same_wishes(running, Wishes(nodes, options.port, WISH[options.traffic], WISH[options.engines]))
        differences = lab.upgrade(running) if running else []
        would = f"the lab would be upgraded: {'; '.join(differences)}" if differences else "the lab runs" if running else "the lab would be started"
        _say(options, {"changed": not running or bool(differences), "upgraded": differences}, would)
        return 0
    found, changed = lab.up(options.state, nodes, options.port, options.cache.absolute(), WISH[options.traffic], WISH[options.engines])
    upgraded = versions.told(running.pins, found.pins) if running and changed else []
    word = "was upgraded" if upgraded else "started" if changed else "was running already"
    _say(
        options,
        {"changed": changed, "upgraded": upgraded, **_facts(found)},
        f"the lab {word}: {found.server}\nexport KUBECONFIG={shlex.quote(found.kubeconfig)}",
    )
    return 0


def _down(options: argparse.Namespace) -> int:
    there = lab.load(options.state.absolute()) is not None
    changed = there if options.check else lab.down(options.state)
    done = "would be stopped and removed" if options.check else "stopped and removed"
    _say(options, {"changed": changed}, f"the lab in {options.state} {done}" if changed else f"no lab in {options.state}")
    return 0


def _status(options: argparse.Namespace) -> int:
    found = lab.load(options.state.absolute())
    if found is None:
        _say(options, {"running": False}, f"no lab in {options.state}")
        return 3
    dead = found.dead()
    lines = [f"{found.server}, state {found.state}"]
    lines += [f"  {entry.name}: {'runs' if entry.alive() else 'not running'}, process {entry.pid}, log {entry.log}" for entry in found.processes]
    lines += [process.tail(entry) for entry in found.processes if not entry.alive()]
    _say(options, {"running": not dead, "dead": dead, **_facts(found)}, "\n".join(lines))
    return 3 if dead else 0


def _env(options: argparse.Namespace) -> int:
    found = lab.load(options.state.absolute())
    if found is None:
        raise LabError(f"no lab in {options.state}", "start it with 'up'")
    lines = f'export KUBECONFIG={shlex.quote(found.kubeconfig)}\nexport PATH={shlex.quote(str(found.bin))}:"$PATH"'
    _say(options, _facts(found), lines)
    return 0


def _facts(found: Lab) -> dict[str, Any]:
    return {
        "kubeconfig": found.kubeconfig,
        "viewer_kubeconfig": found.viewer_kubeconfig,
        "audit_log": str(found.audit_log),
        "bin": str(found.bin),
        "manifests": str(found.manifests),
        "server": found.server,
        "state": str(found.state),
        "gateway_proxy": found.gateway_proxy,
        "engines": found.engines,
    }


if __name__ == "__main__":
    # A request to end is an error like any other: half a build is removed, programs of half a start are ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
