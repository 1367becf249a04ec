# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""vLLM servers: what is refused, what the manifests hold, and that the role's argument spec tells the decoder's story."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.servers.image import parse
from ansible_collections.inference.gateway.plugins.module_utils.servers.nodes import gaps
from ansible_collections.inference.gateway.plugins.module_utils.servers.vllm import Vllm
from ansible_collections.inference.gateway.plugins.module_utils.servers.vllm_objects import Rendered, render
from unit.servers.specs import expected, told

ROLE = Path(__file__).parents[3] / "roles" / "vllm"
IMAGES = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))["vllm_images"]


def rendered(*images: dict[str, str], **fields: Any) -> Rendered:
    return render([{"name": "chat", "model": "Qwen/Qwen3-32B", **fields}], "ai", images[0] if images else IMAGES)


def objects(**fields: Any) -> dict[str, dict[str, Any]]:
    return {each["kind"]: each for each in rendered(**fields).servers}


def pod(**fields: Any) -> dict[str, Any]:
    found = objects(**fields)
    spec: dict[str, Any] = (found.get("Deployment") or found["StatefulSet"])["spec"]["template"]["spec"]
    return spec


def container(**fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = pod(**fields)["containers"][0]
    return found


def problems(**fields: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        rendered(**fields)
    return [str(issue) for issue in caught.value.issues]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "vllm"}, "VLLM_PORT"),
    ({"tensor_parallel": 4}, "takes 4 GPUs in each pod, but gpu.count is 1. Write gpu: {vendor: nvidia, count: 4}, or tensor_parallel: 1."),
    ({"gpu": {"count": 3}, "pipeline_parallel": 2}, "tensor_parallel 1 x pipeline_parallel 2 takes 2 GPUs in each pod, but gpu.count is 3"),
    ({"gpu": {"vendor": "intel"}}, "expected one of nvidia, amd, none; got 'intel'"),
    ({"gpu": {"vendor": "none", "count": 1}}, "vendor none runs on the CPU"),
    ({"limits": {"nvidia.com/gpu": "2"}}, "Write gpu: {count: 2}"),
    ({"image": "vllm/vllm-openai"}, "another image tomorrow"),
    ({"image": "localhost:5000/vllm/vllm-openai"}, "another image tomorrow"),
    ({"image": "vllm/vllm-openai:latest"}, "Write a version or a digest, or allow_latest: true."),
    ({"args": ["--served-model-name=x"]}, "args[0]: --served-model-name is written by the field served_name"),
    ({"args": ["--tensor_parallel_size", "2"]}, "written by the field tensor_parallel"),
    ({"args": ["--max-model-len 16000"]}, "reaches vLLM as one word"),
    ({"args": ["--disable-log-requests"]}, "vLLM 0.11 dropped --disable-log-requests"),
    ({"env": {"HF_TOKEN": "hf_x"}}, "would stand in plain text"),
    ({"env": {"A": "1"}, "secret_env": {"A": {"secret": "s"}}}, "A is in secret_env too"),
    ({"huggingface_token": {"secret": "s"}, "secret_env": {"HF_TOKEN": {"secret": "s"}}}, "written by huggingface_token"),
    ({"huggingface_token": {"value": "hf_x"}}, "Put the value into a Secret"),
    ({"replicas": 2, "autoscaling": {"max_replicas": 4}}, "set it back at every run"),
    ({"autoscaling": {"min_replicas": 5, "max_replicas": 4}}, "Swap them"),
    ({"workload": "stateful_set", "surge": 1}, "never has more pods than replicas"),
    ({"replicas": 2, "cache": {"size": "1Gi"}}, "holds up to 2 pods on one node"),
    ({"autoscaling": {"max_replicas": 2}, "cache": {"size": "1Gi"}}, "holds up to 2 pods on one node"),
    ({"cache": {"size": "1Gi", "claim": "x"}}, "claim and size are given"),
    ({"cache": {"host_path": "/x", "storage_class": "fast"}}, "belong to size, not to host_path"),
    ({"cache": {"host_path": "models"}}, "expected an absolute path"),
    ({"drain_seconds": 130}, "Write at least 131"),
    ({"labels": {"app.kubernetes.io/name": "x"}}, "what the server's Service selects by"),
    ({"hf_token": "x"}, "Write huggingface_token"),
    ({"replicas": None, "modle": "x"}, "Did you mean model?"),
    ({"affinity": "none"}, "expected a dictionary"),
]


@pytest.mark.parametrize(("fields", "wanted"), WRONG, ids=[str(each[0])[:60] for each in WRONG])
def test_refused(fields: dict[str, Any], wanted: str) -> None:
    found = problems(**fields)
    assert any(wanted in each for each in found), found


def test_a_token_in_plain_text_is_not_repeated() -> None:
    assert "hf_secret" not in " ".join(problems(env={"HF_TOKEN": "hf_secret"}) + problems(huggingface_token={"value": "hf_secret"}))


def test_everything_wrong_is_said_at_once() -> None:
    assert len(problems(name="vllm", tensor_parallel=2, image="x", replicas=1, autoscaling={"max_replicas": 2})) == 4


def test_two_of_one_name() -> None:
    with pytest.raises(InputError, match="declared twice"):
        render([{"name": "a", "model": "m"}, {"name": "a", "model": "n"}], "ai", IMAGES)


def test_a_vendor_without_an_image() -> None:
    with pytest.raises(InputError, match="add the vendor to vllm_images"):
        rendered({"amd": "rocm/vllm:1.0.0"})


def test_allowed_when_said() -> None:
    assert container(image="vllm/vllm-openai:latest", allow_latest=True)["image"] == "vllm/vllm-openai:latest"
    old = ["--disable-log-requests"]
    assert old[0] in container(image="vllm/vllm-openai:v0.8.5", args=old)["args"], "the old releases know it"
    assert old[0] in container(image="vllm/vllm-openai:gptoss", args=old)["args"], "nobody knows what this tag holds"


@pytest.mark.parametrize(
    ("reference", "pinned", "version"),
    [
        ("vllm/vllm-openai:v0.18.1", True, (0, 18)),
        ("localhost:5000/vllm", False, None),
        ("localhost:5000/vllm@sha256:00", True, None),
        ("rocm/vllm:rocm7.14.0_ubuntu24.04_vllm_0.23.0", True, (0, 23)),
        ("vllm:nightly", False, None),
    ],
)
def test_images(reference: str, pinned: bool, version: tuple[int, int] | None) -> None:
    assert (parse(reference).pinned, parse(reference).version) == (pinned, version)


def test_one_gpu_of_nvidia_by_default() -> None:
    found = container()
    assert found["resources"] == {"requests": {"nvidia.com/gpu": "1"}, "limits": {"nvidia.com/gpu": "1"}}
    assert found["image"] == IMAGES["nvidia"]
    assert found["command"] + found["args"] == ["vllm", "serve", "Qwen/Qwen3-32B", "--port=8000"]
    assert pod()["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert (pod()["enableServiceLinks"], pod()["automountServiceAccountToken"]) == (False, False)
    assert sorted(objects()) == ["Deployment", "Service"]


def test_amd() -> None:
    found = container(gpu={"vendor": "amd", "count": 4}, env={"VLLM_ROCM_USE_AITER": "0"})
    assert found["resources"]["limits"] == found["resources"]["requests"] == {"amd.com/gpu": "4"}
    assert "--tensor-parallel-size=4" in found["args"]
    assert {each["name"]: each["value"] for each in found["env"]}["VLLM_ROCM_USE_AITER"] == "0"
    assert pod(gpu={"vendor": "amd"})["tolerations"][0]["key"] == "amd.com/gpu"
    assert "hostIPC" not in pod(gpu={"vendor": "amd"})


def test_cpu() -> None:
    spec = pod(gpu={"vendor": "none"}, requests={"cpu": "4"})
    assert spec["containers"][0]["resources"] == {"requests": {"cpu": "4"}}
    assert "tolerations" not in spec


def test_the_token_is_given_under_both_names_and_by_reference() -> None:
    ref = {"valueFrom": {"secretKeyRef": {"name": "hf", "key": "token"}}}
    assert container(huggingface_token={"secret": "hf"})["env"] == [{"name": "HF_TOKEN"} | ref, {"name": "HUGGING_FACE_HUB_TOKEN"} | ref]


def test_probes_give_time_by_a_budget() -> None:
    found = container(startup_seconds=601)
    assert found["startupProbe"]["failureThreshold"] * found["startupProbe"]["periodSeconds"] >= 601
    assert not any("initialDelaySeconds" in found[probe] for probe in ("startupProbe", "readinessProbe", "livenessProbe"))
    assert objects(startup_seconds=601)["Deployment"]["spec"]["progressDeadlineSeconds"] > 601


@pytest.mark.parametrize(
    ("fields", "strategy"),
    [
        ({}, {"type": "Recreate"}),
        ({"replicas": 2}, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}),
        ({"autoscaling": {"max_replicas": 2}}, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}),
        ({"surge": 1}, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}),
    ],
)
def test_a_rollout_never_waits_for_its_own_gpu(fields: dict[str, Any], strategy: dict[str, Any]) -> None:
    assert objects(**fields)["Deployment"]["spec"]["strategy"] == strategy


def test_replicas_budget_and_autoscaler() -> None:
    assert objects()["Deployment"]["spec"]["replicas"] == 1
    assert objects(replicas=0)["Deployment"]["spec"]["replicas"] == 0
    assert "PodDisruptionBudget" in objects(replicas=2)
    scaled = objects(autoscaling={"min_replicas": 1, "max_replicas": 4})
    assert "replicas" not in scaled["Deployment"]["spec"]
    assert "PodDisruptionBudget" not in scaled, "at one replica it would keep the node from being drained"
    assert scaled["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == "chat"


def test_weights() -> None:
    claimed = rendered(cache={"size": "200Gi", "access_mode": "ReadWriteMany"}, replicas=2)
    assert [each["metadata"]["name"] for each in claimed.caches] == ["chat-cache"]
    volume = claimed.servers[0]["spec"]["template"]["spec"]["volumes"][1]
    assert volume == {"name": "cache", "persistentVolumeClaim": {"claimName": "chat-cache"}}
    folder = {"cache": {"host_path": "/mnt/nvme", "mount_path": "/models", "read_only": True}, "model": "/models/scout"}
    assert pod(**folder)["volumes"][1]["hostPath"] == {"path": "/mnt/nvme", "type": "Directory"}
    assert container(**folder)["volumeMounts"][1]["readOnly"] is True
    assert "env" not in container(**folder), "a path needs no HF_HOME"
    own = rendered(cache={"size": "200Gi"}, replicas=2, workload="stateful_set")
    assert (own.caches, own.servers[0]["spec"]["volumeClaimTemplates"][0]["metadata"]["name"]) == ([], "cache")


def test_labels_for_a_pool_and_a_selector_that_stays() -> None:
    deployment = objects(labels={"team": "ml", "inference.networking.k8s.io/engine-type": "other"})["Deployment"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert (labels["team"], labels["inference.networking.k8s.io/engine-type"]) == ("ml", "other")
    assert objects()["Deployment"]["spec"]["template"]["metadata"]["labels"]["inference.networking.k8s.io/engine-type"] == "vllm"
    assert deployment["spec"]["selector"] == objects()["Deployment"]["spec"]["selector"]


def node(name: str, labels: dict[str, str] | None = None, **allocatable: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": labels or {}},
        "status": {"allocatable": {key.replace("_", ".com/"): value for key, value in allocatable.items()}},
    }


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"gpu": {"count": 8}}, ""),
        ({"gpu": {"vendor": "none"}}, ""),
        ({"gpu": {"count": 8}, "replicas": 0}, ""),
        ({"gpu": {"count": 8}, "replicas": 2}, "wants 2 pods of 8 nvidia.com/gpu each, and the nodes have room for 1. h100 has 8."),
        ({"gpu": {"count": 4}, "replicas": 2}, ""),
        ({"gpu": {"vendor": "amd"}}, "No such node offers amd.com/gpu; they offer nvidia.com/gpu. Install the vendor's device plugin"),
        ({"node_selector": {"zone": "b"}}, "None of the 2 nodes bears these labels"),
        ({"node_selector": {"zone": "a"}}, ""),
    ],
)
def test_nodes(fields: dict[str, Any], wanted: str) -> None:
    nodes = [node("h100", {"zone": "a"}, nvidia_gpu="8", cpu="8"), node("plain", cpu="4")]
    found = gaps(rendered(**fields).gpus, nodes)
    assert wanted in found[0] if wanted else not found


def test_cordoned_nodes_do_not_count() -> None:
    assert gaps(rendered().gpus, [node("h100", nvidia_gpu="8") | {"spec": {"unschedulable": True}}])


def test_the_argument_spec_is_the_decoder() -> None:
    """Ansible checks by one, the renderer by the other; a field that only one knows could not be used."""
    assert told("vllm", "vllm_models") == expected(Vllm)
