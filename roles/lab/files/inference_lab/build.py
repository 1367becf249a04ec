# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building the pinned programs into the cache: each group once, whole or not at all."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import locks, pins, preflight, progress, toolchain, wheels
from .errors import LabError
from .paths import manifests_root
from .pins import Group, Wheel
from .toolchain import Go


@dataclasses.dataclass(frozen=True)
class Built:
    """What a build leaves: where programs and copied files lie."""

    groups: dict[str, Path]
    programs: dict[str, Path]
    manifests: Path
    changed: list[str]

    def copies(self, group: str, target: str) -> list[Path]:
        """The files that the pin table's `copies` put in TARGET of GROUP."""
        return sorted((self.groups[group] / "files" / target).glob("*.yaml"))


def build(cache: Path, groups: list[Group] | None = None, extra: list[Wheel] | None = None) -> Built:
    """Build what the cache lacks; on a full cache this costs some milliseconds."""
    groups = pins.load() if groups is None else groups
    extra = extra or []
    preflight.platform_fits()
    go = toolchain.find(cache)
    homes = {group.name: home_of(cache, group, go) for group in groups}
    missing = lacking(cache, groups, go)
    check_room(cache, missing, go)
    changed = [group.name for group in missing if _build_group(cache, group, _with_headers(go, group, homes), homes[group.name])]
    for group in groups:
        _publish(cache, group, homes[group.name])
    changed += wheels.lacking(cache, extra)
    programs = {name: homes[group.name] / "bin" / name for group in groups for name in group.programs} | wheels.programs(cache, extra)
    return Built(homes, programs, manifests_root(cache), changed)


def build_tier(cache: Path, traffic: bool, engines: bool = False) -> Built:
    """All that a lab with or without traffic and real model servers needs."""
    return build(cache, pins.load(traffic=traffic, engines=engines), pins.load_wheels() if traffic else [])


def _with_headers(go: Go, group: Group, homes: dict[str, Path]) -> Go:
    """A Go that compiles C++ too, for a group that names headers. Go's own cache knows the result by their path, which is the same for every lab."""
    if not group.headers:
        return go
    places = " ".join(shlex.quote(f"-I{homes[name]}/files/include") for name in group.headers)
    return dataclasses.replace(go, more={"CGO_ENABLED": "1", "CGO_CPPFLAGS": places})


def lacking(cache: Path, groups: list[Group], go: Go) -> list[Group]:
    """Groups that are still to be built."""
    return [group for group in groups if not home_of(cache, group, go).is_dir()]


def check_room(cache: Path, missing: list[Group], go: Go) -> None:
    """Disk and memory, where something large is to be built."""
    if any(group.programs for group in missing):
        preflight.room_for_build(go, cache, any(group.tier == "traffic" for group in missing))
        preflight.memory_for_link()


def home_of(cache: Path, group: Group, go: Go) -> Path:
    return cache / "groups" / f"{group.name}-{group.key(go.version, pins.architecture())}"


def _build_group(cache: Path, group: Group, go: Go, home: Path) -> bool:
    """True when this call built it; false when another one did while we waited for its lock."""
    lock = cache / "locks" / home.name
    with locks.hold(lock, lambda: progress.say(f"{group.name}: another build of it is under way, waiting for it")):
        if home.is_dir():
            return False
        home.parent.mkdir(parents=True, exist_ok=True)
        for rest in home.parent.glob(f".{home.name}.*"):
            shutil.rmtree(rest, ignore_errors=True)  # of a build that was killed: nobody else can be in it while we hold the lock
        with _scratch(home) as scratch:
            for name in ("go.mod", "go.sum"):
                shutil.copyfile(group.folder / name, scratch / name)
            for name, package in group.programs.items():
                _compile(go, group, scratch, name, package)
            if group.copies or group.trees or group.files:
                _copy(go, group, scratch)
            scratch.replace(home)
        return True


@contextlib.contextmanager
def _scratch(home: Path) -> Iterator[Path]:
    """A folder on the same disk as HOME, so that a rename publishes it in one piece; gone when the build fails."""
    scratch = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{home.name}."))
    try:
        scratch.chmod(0o755)
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _compile(go: Go, group: Group, scratch: Path, name: str, package: str) -> None:
    (scratch / "bin").mkdir(exist_ok=True)
    argv = [str(go.program), "build", *pins.BUILD_FLAGS, "-ldflags", group.ldflags, "-o", str(scratch / "bin" / name), package]
    _run(go, argv, scratch, f"build {name} ({group.module} {group.version})", "built")


def _copy(go: Go, group: Group, scratch: Path) -> None:
    """Copy files of the module as Go unpacked it, after Go compared it with go.sum."""
    argv = [str(go.program), "mod", "download", "-json", group.module]
    out = _run(go, argv, scratch, f"take manifests ({group.module} {group.version})", "taken")
    if (scratch / "go.sum").read_bytes() != (group.folder / "go.sum").read_bytes():
        raise LabError(f"{group.folder}/go.sum lacks the sum of {group.module} {group.version}", "run 'go mod download' in that folder and review what it adds")
    source = Path(json.loads(out)["Dir"])
    for target, names in group.copies.items():
        folder = scratch / "files" / target
        folder.mkdir(parents=True, exist_ok=True)
        for path in (source / name for name in names):
            for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
                if file.name != "kustomization.yaml":
                    shutil.copyfile(file, folder / file.name)
    for target, name in group.files.items():
        file = scratch / "files" / target
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, file)
    for target, name in group.trees.items():
        _copy_tree(source / name, scratch / "files" / target, group.stamp)


def _copy_tree(source: Path, target: Path, stamp: str) -> None:
    """A folder as it is, but writable (Go keeps its modules read-only) and with a chart's placeholder version replaced, as its release would."""
    for path in sorted(source.rglob("*")):
        file = target / path.relative_to(source)
        if path.is_dir():
            file.mkdir(parents=True, exist_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, file)
    chart = target / "Chart.yaml"
    if stamp:
        text = chart.read_text(encoding="utf-8")
        chart.write_text(re.sub(r"(?m)^(version|appVersion): .*$", rf"\g<1>: {stamp}", text), encoding="utf-8")


def _publish(cache: Path, group: Group, home: Path) -> None:
    """Offer a group's copies under a name that does not change with the key; the swap of the link is atomic."""
    if not group.publish:
        return
    link = manifests_root(cache) / group.publish
    target = os.path.relpath(home / "files", link.parent)
    if link.is_symlink() and str(link.readlink()) == target:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.symlink_to(target)
    fresh.replace(link)


def _run(go: Go, argv: list[str], folder: Path, what: str, word: str) -> str:
    """Run Go with a progress line; end it with us when we are interrupted."""
    step = progress.Step(what)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        process = subprocess.Popen(argv, cwd=folder, env=go.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        try:
            while _running(process):
                step.tick()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            step.failed()
            raise
        if process.returncode:
            step.failed()
            err.seek(0)
            raise _explain(what, err.read())
        step.done(word)
        out.seek(0)
        return out.read()


def _running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=0.25)
    except subprocess.TimeoutExpired:
        return True
    return False


def _explain(what: str, errors: str) -> LabError:
    """The end of what Go said, and the remedy when the cause is a known one."""
    tail = "\n    ".join(line for line in errors.splitlines()[-12:] if line.strip())
    hint = "see the lines above; the next run goes on where this one stopped"
    if "no space left" in errors:
        hint = "free some disk room, or set INFERENCE_LAB_CACHE, GOCACHE and GOMODCACHE to a larger disk"
    elif "signal: killed" in errors:
        hint = "the kernel ended the compiler or linker: it needs 2 GiB of free memory"
    elif "SECURITY ERROR" in errors or "checksum mismatch" in errors:
        hint = "the module is not the one that was pinned: check the module proxy (GOPROXY), and do not use what it served"
    elif any(word in errors for word in ("dial tcp", "no such host", "i/o timeout", "proxyconnect", "module lookup disabled", "connection refused")):
        hint = "Go cannot reach its module proxy: set GOPROXY (and HTTPS_PROXY where the way out needs it)"
    return LabError(f"{what} failed:\n    {tail}", hint)
