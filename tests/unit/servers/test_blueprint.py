# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blueprints of OCI: what becomes of them, that no field of them vanishes, and that no secret in them is ever shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.inference.gateway.plugins.filter.oci_blueprint import oci_blueprint
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import InputError
from ansible_collections.inference.gateway.plugins.module_utils.gateways import kong_checks
from ansible_collections.inference.gateway.plugins.module_utils.gateways.kong_options import KongOptions
from ansible_collections.inference.gateway.plugins.module_utils.models.codecs import Report
from ansible_collections.inference.gateway.plugins.module_utils.models.consumer import Consumer
from ansible_collections.inference.gateway.plugins.module_utils.models.decode import entries_of
from ansible_collections.inference.gateway.plugins.module_utils.models.route import Route
from ansible_collections.inference.gateway.plugins.module_utils.servers.blueprint import convert
from ansible_collections.inference.gateway.plugins.module_utils.servers.blueprint_gateway import Options
from ansible_collections.inference.gateway.plugins.module_utils.servers.vllm_objects import render
from unit.servers.blueprints import ALL, AMD, FROM_A_FILE_SYSTEM, GROUP, KEY, OTHERS, PAR, PORTAL, RICH, SMALL

GATEWAY = "recipe_inference_gateway"


def imported(document: Any, **options: Any) -> dict[str, Any]:
    return convert(document, Options(**options))


def server(document: Any, **options: Any) -> dict[str, Any]:
    found: list[dict[str, Any]] = imported(document, **options)["vllm_models"]
    assert len(found) == 1
    return found[0]


def problems(document: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        imported(document)
    return [str(issue) for issue in caught.value.issues]


def lost(document: Any, field: str) -> dict[str, Any]:
    found = [each for each in imported(document)["not_carried"] if each["field"] == field]
    assert len(found) == 1, field
    return dict(found[0])


@pytest.mark.parametrize("name", ALL)
def test_no_secret_is_shown(name: str) -> None:
    text = json.dumps(imported(ALL[name]))
    assert KEY not in text
    assert PAR not in text


def test_every_server_is_one_that_the_role_takes() -> None:
    for document in ALL.values():
        render(imported(document)["vllm_models"], "ai", {})


@pytest.mark.parametrize("name", ALL)
def test_consumers_and_routes_are_such_as_the_modules_take(name: str) -> None:
    found, report = imported(ALL[name], namespace="ai", parents=("inference-gateway",)), Report()
    entries_of(Consumer, [each | {"keys": [{"key": "what-the-vault-has"}]} for each in found["kong_consumers"]], "kong_consumers", "ai", report)
    for entry in entries_of(Route, found["inference_routes"], "inference_routes", "ai", report):
        kong_checks.check(entry, kong_checks.Mode.ROUTES, KongOptions(), report)
    report.raise_if_any()


def test_a_model_of_amd_behind_the_gateway() -> None:
    found = imported(AMD, namespace="ai", parents=("inference-gateway",))
    assert found["namespaces"] == [{"name": "ai"}]
    assert found["vllm_models"] == [
        {
            "name": "scout",
            "namespace": "ai",
            "model": "/models/llama/scout",
            "served_name": "Scout-17B",
            "gpu": {"vendor": "amd", "count": 4},
            "tensor_parallel": 4,
            "image": "docker.io/rocm/vllm-dev:llama4-20250514",
            "args": ["--disable-log-requests", "--max-num-batched-tokens=32768"],
            "env": {"VLLM_USE_V1": "1", "model_path": "/models/llama/scout"},
            "node_selector": {"node.kubernetes.io/instance-type": "BM.GPU.MI300X.8"},
            "shm": "16384Mi",
            "requests": {"ephemeral-storage": "200Gi"},
            "limits": {"ephemeral-storage": "200Gi"},
            "port": 8000,
            "pod_annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "8000", "prometheus.io/path": "/metrics"},
            "replicas": 1,
            "cache": {"host_path": "/mnt/nvme/models", "mount_path": "/models"},
            "startup_seconds": 1200 + 3 * 60,
        }
    ]
    assert found["kong_consumers"] == [{"name": "scout", "namespace": "ai", "groups": ["scout"], "keys": [{"key": "{{ vault_scout_api_key }}"}]}]
    assert found["inference_routes"] == [
        {
            "name": "scout",
            "namespace": "ai",
            "parents": ["inference-gateway"],
            "access": {"groups": ["scout"]},
            "rules": [
                {
                    "path": "/ai/models",
                    "headers": {"X-Model": "scout"},
                    "rewrite": {"path": {"prefix": "/"}},
                    "backends": [{"service": "scout", "port": 8000}],
                    "timeouts": {"backend": "600s"},
                }
            ],
        }
    ]
    assert {"field": f"{GATEWAY}.api_key", "value": "(hidden)"}.items() <= lost(AMD, f"{GATEWAY}.api_key").items()
    assert "vault_scout_api_key" in lost(AMD, f"{GATEWAY}.api_key")["instead"]


def test_all_else_that_a_service_may_say() -> None:
    entry = server(RICH)
    assert {key: entry[key] for key in ("name", "model", "dtype", "gpu", "env", "args", "autoscaling", "startup_seconds", "allow_latest")} == {
        "name": "my-chat-model",
        "model": "meta/llama",
        "dtype": "bfloat16",
        "gpu": {"vendor": "nvidia", "count": 1, "resource": "nvidia.com/mig-1g.10gb"},
        "env": {"VLLM_LOGGING_LEVEL": "INFO"},
        "args": ["--swap-space=-1"],
        "autoscaling": {"min_replicas": 1, "max_replicas": 4},
        "startup_seconds": 120,
        "allow_latest": True,
    }
    assert entry["huggingface_token"] == {"secret": "hf-token", "key": "token"}
    assert entry["secret_env"] == {
        "DATABASE": {"secret": "my-chat-model-env", "key": "DATABASE"},
        "EXTRA": {"secret": "extra", "key": "value"},
        "VLLM_API_KEY": {"secret": "my-chat-model-env", "key": "VLLM_API_KEY"},
    }
    assert entry["node_selector"] == {"node.kubernetes.io/instance-type": "BM.GPU.H100.8", "kubernetes.io/arch": "amd64", "pool": "a"}
    assert entry["requests"] == entry["limits"] == {"cpu": "8", "memory": "64Gi"}
    assert "replicas" not in entry
    assert lost(RICH, "recipe_of_another_version")["value"] == {"deep": [{"down": 1}]}
    assert lost(RICH, "input_object_storage[0]")["value"] == {"par": "(hidden)", "mount_location": "/data", "volume_size_in_gbs": 100, "include": ["a", "b"]}


def test_without_a_key_the_route_says_that_it_is_open() -> None:
    found = imported(RICH)
    assert found["kong_consumers"] == []
    assert found["inference_routes"][0]["access"] == {"open": True}
    assert found["inference_routes"][0]["rules"][0]["path"] == "/"
    assert "rewrite" not in found["inference_routes"][0]["rules"][0]
    assert lost(RICH, f"{GATEWAY}.api_key")["value"] is None


def test_keys_can_be_made_anew() -> None:
    found = imported(AMD, generate_keys=True)
    assert found["kong_consumers"][0]["keys"] == [{"generate": True}]
    assert [each["instead"] for each in found["not_carried"] if each["field"].endswith("api_key")] == ["A new key is made, once, and kept in the cluster."]


def test_files_of_a_file_system_are_expected_in_a_claim() -> None:
    assert server(FROM_A_FILE_SYSTEM)["cache"] == {"claim": "shared-models", "mount_path": "/fss"}
    assert server(FROM_A_FILE_SYSTEM)["tensor_parallel"] == 2
    assert "the PersistentVolumeClaim shared-models of 50Gi" in lost(FROM_A_FILE_SYSTEM, "input_file_system[0]")["instead"]


@pytest.mark.parametrize("why", OTHERS)
def test_what_is_no_server_of_vllm(why: str) -> None:
    found = imported(OTHERS[why])
    assert (found["vllm_models"], found["kong_consumers"], found["inference_routes"]) == ([], [], [])
    assert {each["field"] for each in found["not_carried"]} == set(OTHERS[why])
    assert all(each["why"].startswith(why) and each["instead"] for each in found["not_carried"])


def test_a_group_and_a_page_of_the_portal_hold_recipes() -> None:
    assert server(GROUP)["name"] == "chat"
    assert lost(GROUP, "deployment_group.deployments[1].depends_on")["value"] == ["model"]
    assert [each["name"] for each in imported(PORTAL)["vllm_models"]] == ["chat", "scout"]
    assert lost(PORTAL, "blueprint_title")["value"] == "Chat"


def test_text_and_lists_of_texts_are_documents_too() -> None:
    assert imported(json.dumps(AMD)) == imported(AMD)
    both = imported([json.dumps(SMALL), AMD])
    assert [each["name"] for each in both["vllm_models"]] == ["chat", "scout"]
    assert "[1].recipe_id" in [each["field"] for each in both["not_carried"]]


def test_the_image_of_vllm_takes_its_first_argument_for_the_model() -> None:
    document = SMALL | {"recipe_container_command_args": ["Qwen/Qwen3-32B", "-tp", "2"]}
    assert server(document)["model"] == "Qwen/Qwen3-32B"
    assert imported(document | {"recipe_image_uri": "rocm/vllm-dev:1"})["vllm_models"] == [], "that image starts nothing itself"
    assert imported(document | {"recipe_container_command_args": ["bash", "-c", "vllm"]})["vllm_models"] == []


def test_a_server_called_vllm_gets_another_name() -> None:
    document = SMALL | {"deployment_name": "vllm"}
    assert server(document)["name"] == "vllm-server"
    assert lost(document, "deployment_name")["instead"] == "The server is called vllm-server."


def test_a_flag_that_newer_versions_do_not_know_is_left_out() -> None:
    document = SMALL | {"recipe_container_command_args": [*SMALL["recipe_container_command_args"], "--disable-log-requests"]}
    assert "args" not in server(document)
    assert lost(document, "recipe_container_command_args")["value"] == ["--disable-log-requests"]
    assert server(document | {"recipe_image_uri": "vllm/vllm-openai:v0.9.1"})["args"] == ["--disable-log-requests"]


WRONG: list[tuple[Any, str]] = [
    ("{", "the document: is no JSON: Expecting property name"),
    ('{"recipe_mode": "service", "recipe_mode": "job"}', "the field recipe_mode stands twice"),
    (5, "the document: is no blueprint: expected an object, got the number 5."),
    ({"a": 1}, "the document: is no blueprint: nothing in it says what to run. A blueprint has one of recipe_mode"),
    ({"secrets_payload": [{"data": KEY}]}, "is no blueprint: it makes Secrets of the platform."),
    ([SMALL, []], "[1]: is no blueprint: expected an object, got a list."),
    (SMALL | {"recipe_mode": "serve"}, "recipe_mode: is no mode of a blueprint: 'serve'. Write one of service, job"),
    (SMALL | {"deployment_name": "***"}, "deployment_name: holds no letter or digit"),
    (SMALL | {"recipe_nvidia_gpu_count": "two"}, "recipe_nvidia_gpu_count: expected a number of GPUs, got 'two'."),
    (SMALL | {"recipe_nvidia_gpu_count": 9}, "recipe_nvidia_gpu_count: 9 is more than the 8 GPUs of BM.GPU.H100.8. Write at most 8."),
    (SMALL | {"recipe_nvidia_gpu_count": 0}, "recipe_nvidia_gpu_count: is missing: BM.GPU.H100.8 has 8 GPUs."),
    (SMALL | {"recipe_node_shape": "BM.GPU.MI300X.8"}, "recipe_node_shape: the GPUs of BM.GPU.MI300X.8 are of amd"),
    (SMALL | {"recipe_node_shape": "VM.Standard.E4.Flex"}, "recipe_node_shape: VM.Standard.E4.Flex has no GPUs, and 2 are asked for."),
    (SMALL | {"recipe_amd_gpu_count": 2}, "recipe_amd_gpu_count: GPUs of NVIDIA and of AMD are asked for"),
    (SMALL | {"recipe_nvidia_gpu_count": 4}, "vllm_models[0] (chat).tensor_parallel: tensor_parallel 2 takes 2 GPUs in each pod, but gpu.count is 4."),
    (SMALL | {"recipe_container_env": {"a": 1}}, "recipe_container_env: expected a list of objects, got a dictionary."),
    (SMALL | {"recipe_container_env": [{"key": "A"}]}, "recipe_container_env[0].key: a variable has key and value."),
    (SMALL | {"recipe_container_command_args": ["--model"]}, "recipe_container_command_args[0]: --model has no value."),
    (SMALL | {"recipe_container_command_args": ["--model", "$(m)"]}, "recipe_container_command_args[1]: $(m) is no variable of recipe_container_env"),
    (SMALL | {"recipe_container_command_args": ["--model", "/models/x"]}, "no folder of the document is mounted where the model /models/x lies."),
    (SMALL | {GATEWAY: {}}, f"{GATEWAY}.model_name: is missing"),
    (SMALL | {GATEWAY: {"model_name": "a", "url_path": "/a?b"}}, f"{GATEWAY}.url_path: expected a path"),
    (SMALL | {GATEWAY: ""}, f"{GATEWAY}: expected an object, got ''."),
    (SMALL | {"recipe_pod_autoscaling_params": {"min_replicas": 1}}, "recipe_pod_autoscaling_params.max_replicas: is missing"),
    ([SMALL, SMALL], "[1].deployment_name: chat is the name of the server of [0] already."),
    ({"deployment_group": {"deployments": [{"name": "a"}]}}, "deployment_group.deployments[0].recipe: is missing."),
]


@pytest.mark.parametrize(("document", "wanted"), WRONG, ids=[wanted[:40] for _document, wanted in WRONG])
def test_what_is_wrong_is_said(document: Any, wanted: str) -> None:
    found = problems(document)
    assert any(wanted in each for each in found), found
    assert KEY not in str(found)


def test_two_models_that_requests_could_not_tell_apart() -> None:
    one, two = ({**SMALL, "deployment_name": name, GATEWAY: {"model_name": model, "url_path": "/ai"}} for name, model in (("a", "Chat"), ("b", "chat")))
    found = problems([one, two])
    assert len(found) == 1
    assert found[0].startswith(f"[1].{GATEWAY}: clashes with [0].{GATEWAY}: requests to /ai X-Model: chat would reach either.")


def test_a_wrong_thing_in_the_place_of_a_secret_is_not_shown() -> None:
    document = SMALL | {GATEWAY: {"model_name": "a", "api_key": 271828.5}, "recipe_container_env": [{"key": "HF_TOKEN", "value": 271828.5}]}
    assert "271828" not in json.dumps(imported(document))


def test_two_models_with_one_key() -> None:
    one, two = ({**SMALL, "deployment_name": name, GATEWAY: {"model_name": name, "api_key": KEY}} for name in "ab")
    found = problems([one, two])
    assert "it has the same api_key" in found[0]
    assert KEY not in found[0]
    placeholders = [{**each, GATEWAY: {**each[GATEWAY], "api_key": "<any-api-key-here>"}} for each in (one, two)]
    assert len(imported(placeholders)["kong_consumers"]) == 2, "a placeholder is no key"


def test_the_filter_says_what_is_wrong() -> None:
    assert oci_blueprint(SMALL, namespace="ai")["vllm_models"][0]["namespace"] == "ai"
    with pytest.raises(AnsibleFilterError, match="is no blueprint"):
        oci_blueprint({})
