# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real model servers: when a lab has them, what it says when it has none, and what an Ollama finds in its folder."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import struct
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from inference_lab import LabError, engines
from inference_lab.build import Built, build
from inference_lab.traffic import nonsense, ollama, pod_network, programs

from .conftest import FakeGo
from .test_traffic import around, pod

BUILT = Built({}, {}, Path("manifests"), [])


@pytest.fixture
def nothing_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "to_build", lambda _cache: ["ollama"])


def test_a_lab_has_none_unless_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[bool] = []

    def tier(_cache: Path, _traffic: bool, engines: bool = False) -> Built:
        asked.append(engines)
        return BUILT

    monkeypatch.setattr(engines, "build_tier", tier)
    assert engines.build(tmp_path, True, False) == (BUILT, engines.NOT_ASKED)
    assert (asked, capsys.readouterr().err) == ([False], "")


@pytest.mark.usefixtures("nothing_built")
def test_what_is_missing_is_said_in_one_line_or_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(engines, "build_tier", lambda *_args, **_more: BUILT)
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert engines.build(tmp_path, True, None)[1].startswith("there is no compiler 'no-such-compiler': install g++")
    assert capsys.readouterr().err.startswith("the simulator answers for Ollama: there is no compiler")
    with pytest.raises(LabError, match="there is no compiler 'no-such-compiler'"):
        engines.build(tmp_path, True, True)
    with pytest.raises(LabError, match="the lab carries no traffic"):
        engines.missing(tmp_path, False, True)


@pytest.mark.usefixtures("nothing_built")
def test_a_compiler_that_builds_nothing_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "g++"
    broken.write_text("#!/bin/sh\necho 'fatal error: filesystem: No such file' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    monkeypatch.setenv("CXX", str(broken))
    assert engines.missing(tmp_path, True, None) == f"{broken} cannot build a small program: fatal error: filesystem: No such file"


def test_what_is_built_needs_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "to_build", lambda _cache: [])
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert engines.missing(tmp_path, True, True) == ""


@pytest.mark.usefixtures("nothing_built")
def test_a_build_that_fails_costs_the_lab_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tier(_cache: Path, _traffic: bool, engines: bool = False) -> Built:
        if engines:
            raise LabError("build ollama failed:\n    x.cpp: a warning\n    ld: no room", "free some")
        return BUILT

    monkeypatch.setattr(engines, "build_tier", tier)
    monkeypatch.setattr(engines, "_no_compiler", lambda: "")
    built, lack = engines.build(tmp_path, True, None)
    assert built == BUILT
    assert lack == "build ollama failed: ld: no room", "one line"
    with pytest.raises(LabError, match="no room"):
        engines.build(tmp_path, True, True)


def test_cplusplus_sees_the_headers_of_other_groups_and_only_where_they_are_named(fake_go: FakeGo, tmp_path: Path) -> None:
    alpha, beta, crds = fake_go.groups()
    crds = dataclasses.replace(crds, files={"include/a/b.h": "config/a.yaml"})
    beta = dataclasses.replace(beta, headers=("crds",))
    built = build(tmp_path / "the cache", [alpha, crds, beta])
    folder = built.groups["crds"] / "files" / "include"
    assert (folder / "a" / "b.h").read_text() == "of: config/a.yaml\n"
    assert (fake_go.home / "cgo").read_text() == f"'-I{folder}'\n", "once, and quoted as the path has a blank"


@pytest.mark.parametrize(
    ("image", "annotations", "real"),
    [
        ("ollama/ollama:0.32.15", {}, True),
        ("registry.example.com:5000/x/ollama@sha256:1", {"other": "x"}, True),
        ("ollama/ollama:0.32.15", {"simulator.inference.gateway/latency": "1s"}, False),
        ("example.com/ollama-exporter:1", {}, False),
        ("vllm/vllm-openai:v0.18.1", {}, False),
    ],
)
def test_which_pods_have_a_real_server(image: str, annotations: dict[str, str], real: bool) -> None:
    found = pod(image)
    found["metadata"]["annotations"] = annotations
    assert bool(programs.sort_of(found, engines=True)) is real
    assert programs.sort_of(found) is None, "in a lab that has none"


def test_kwok_leaves_to_the_supervisor_what_it_starts() -> None:
    assert "ollama" in programs.supervised(engines=True)
    assert "ollama" not in programs.supervised(engines=False)


def test_a_server_finds_the_models_that_its_pod_pulls() -> None:
    script = {"command": ["sh", "-c", 'for m in "$@"; do ollama pull "$m"; done', "pull", "gemma:2b@sha256:12", "you/smollm"]}
    initial = {"name": "models", "image": "ollama/ollama:1", **script}
    container = {"env": [{"name": "OLLAMA_HOST", "value": "0.0.0.0:8080"}, {"name": "OLLAMA_MODELS", "value": "/elsewhere"}]}
    found = pod("ollama/ollama:1", container=container, initContainers=[initial])
    sort = programs.sort_of(found, engines=True)
    assert sort
    program = programs.program(sort[0], found, sort[1], around())
    assert (program.name, program.args, program.probe) == ("ollama", ["serve"], programs.Probe(8080, "/"))
    assert program.environment["OLLAMA_MODELS"].endswith("/models")
    manifests = {name.removeprefix("models/manifests/") for name in program.files if "/manifests/" in name}
    assert manifests == {"registry.ollama.ai/library/gemma/2b", "registry.ollama.ai/you/smollm/latest"}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("gemma", "registry.ollama.ai/library/gemma/latest"),
        ("gemma:2b", "registry.ollama.ai/library/gemma/2b"),
        ("you/gemma:2b", "registry.ollama.ai/you/gemma/2b"),
        ("hf.co/you/gemma-GGUF:Q4_K_M", "hf.co/you/gemma-GGUF/Q4_K_M"),
    ],
)
def test_names_as_ollama_files_them(name: str, path: str) -> None:
    assert ollama.path_of(name) == path


def test_every_blob_is_what_the_manifest_says() -> None:
    files = ollama.store(["gemma:2b"], "models")
    manifest: dict[str, Any] = json.loads(files["models/manifests/registry.ollama.ai/library/gemma/2b"])
    for layer in (manifest["config"], *manifest["layers"]):
        blob = files[f"models/blobs/{layer['digest'].replace(':', '-')}"]
        assert isinstance(blob, bytes)
        assert (len(blob), f"sha256:{hashlib.sha256(blob).hexdigest()}") == (layer["size"], layer["digest"])
    assert ollama.store([], "models") == {}


def test_the_model_is_a_small_file_with_all_that_it_announces() -> None:
    data = nonsense.gguf()
    assert struct.unpack_from("<4sI", data) == (b"GGUF", 3)
    assert len(data) < 200_000
    assert len(data) % 32 == 0


def test_what_a_program_started_ends_with_the_pipe_that_holds_it(tmp_path: Path) -> None:
    """A server that is killed takes the process with it that holds its model; else that one would hold the pod's network."""
    program = ["/bin/sh", "-c", "sleep 300 & echo $! > child; exec sleep 300"]
    command = pod_network.wait_for_network(program, account=False, children=True)
    shell = command[command.index("/bin/sh") :]
    with subprocess.Popen(shell, cwd=tmp_path, stdin=subprocess.PIPE, start_new_session=True) as child:
        assert child.stdin
        child.stdin.write(b"go\n")
        child.stdin.flush()
        until(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text().endswith("\n"))
        grandchild = int((tmp_path / "child").read_text())
        assert child.poll() is None
        child.kill()
        child.wait()
        assert alive(grandchild)
        child.stdin.close()
        until(lambda: not alive(grandchild))


def alive(pid: int) -> bool:
    """A zombie that nobody has waited for is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(true: Any) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
