# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blueprint documents of our own making, with every field that the platform's documents have."""

from __future__ import annotations

from typing import Any

KEY = "k3y-that-nobody-may-read"
PAR = "https://objectstorage.example.com/p/AbCdEfGhIjKlMnOpQrStUvWxYz/n/space/b/models/o/"

PROBE = {"endpoint_path": "/health", "port": 8000, "scheme": "HTTP", "initial_delay_seconds": 1200, "period_seconds": 60, "timeout_seconds": 10}

SMALL: dict[str, Any] = {
    "recipe_mode": "service",
    "deployment_name": "chat",
    "recipe_image_uri": "docker.io/vllm/vllm-openai:v0.18.1",
    "recipe_node_shape": "BM.GPU.H100.8",
    "recipe_nvidia_gpu_count": 2,
    "recipe_container_command_args": ["--model", "Qwen/Qwen3-32B", "--tensor-parallel-size", "2"],
}

AMD: dict[str, Any] = {
    "recipe_id": "llm_inference_amd",
    "recipe_mode": "service",
    "deployment_name": "scout",
    "recipe_image_uri": "docker.io/rocm/vllm-dev:llama4-20250514",
    "recipe_node_shape": "BM.GPU.MI300X.8",
    "recipe_replica_count": 1,
    "recipe_container_port": "8000",
    "recipe_amd_gpu_count": 4,
    "recipe_ephemeral_storage_size": 200,
    "recipe_shared_memory_volume_size_limit_in_mb": 16384,
    "recipe_use_shared_node_pool": True,
    "recipe_prometheus_enabled": True,
    "recipe_inference_gateway": {"model_name": "scout", "url_path": "/ai/models", "api_key": KEY},
    "local_filesystem": [
        {"mount_location": "/models", "node_directory_path": "/mnt/nvme/models"},
        {"mount_location": "/scratch", "node_directory_path": "/mnt/nvme/scratch"},
    ],
    "recipe_container_env": [{"key": "VLLM_USE_V1", "value": 1}, {"key": "model_path", "value": "/models/llama/scout"}],
    "recipe_container_command_args": [
        "python3",
        "-m",
        "vllm.entrypoints.openai.api_server",
        "--model",
        "$(model_path)",
        "--tensor_parallel_size=4",
        "--disable-log-requests",
        "--max_num_batched_tokens",
        "32768",
        "--served-model-name",
        "Scout-17B",
        "scout-alias",
    ],
    "recipe_readiness_probe_params": PROBE,
    "recipe_liveness_probe_params": PROBE | {"failure_threshold": 3, "success_threshold": 1},
}

# Everything else that a service may say.
RICH: dict[str, Any] = {
    "recipe_id": "llm_inference_nvidia",
    "recipe_compartment_ocid": "ocid1.compartment.oc1..example",
    "recipe_mode": "service",
    "deployment_name": "My Chat_Model",
    "pre_filled_sample_name": "A sample",
    "recipe_image_uri": "docker.io/vllm/vllm-openai:latest",
    "recipe_container_secret_name": "registry",
    "recipe_node_shape": "BM.GPU.H100.8",
    "recipe_nvidia_gpu_count": 1,
    "mig_resource_request": "1g.10gb",
    "recipe_replica_count": 5,
    "recipe_container_port": "8000",
    "recipe_host_port": "80",
    "recipe_container_cpu_count": 8,
    "recipe_container_memory_size": 64,
    "recipe_container_command": ["vllm", "serve"],
    "recipe_container_command_args": ["--model", "first/model", "--model", "meta/llama", "--dtype", "bfloat16", "--api-key", KEY, "--swap-space", "-1"],
    "recipe_container_command_use_shell": False,
    "recipe_container_env": [
        {"key": "HF_TOKEN", "value": KEY},
        {"key": "DATABASE", "value": f"postgres://user:{KEY}@db/chat"},
        {"key": "not-a-variable", "value": "x"},
        {"key": "VLLM_LOGGING_LEVEL", "value": "INFO"},
    ],
    "recipe_environment_secrets": [{"envvar_name": "EXTRA", "secret_name": "extra", "secret_key": "value"}],
    "recipe_inference_gateway": {"model_name": "Chat"},
    "recipe_pod_autoscaling_params": {"min_replicas": 1, "max_replicas": 4, "scaling_metric": "latency", "scaling_threshold": 0.6, "query": "up"},
    "recipe_node_autoscaling_params": {"min_nodes": 1, "max_nodes": 2},
    "recipe_startup_probe_params": {"failure_threshold": 30, "initial_delay_seconds": 60, "period_seconds": 2, "endpoint_path": "/health"},
    "recipe_liveness_probe_params": PROBE,
    "recipe_node_selector_arch": "x86_64",
    "shared_node_pool_custom_node_selectors": [{"key": "pool", "value": "a"}],
    "recipe_shared_node_pool_selector": "shared_pool",
    "recipe_additional_ingress_ports": [{"name": "extra", "port": 4318, "path": "/extra"}],
    "input_object_storage": [{"par": PAR, "mount_location": "/data", "volume_size_in_gbs": 100, "include": ["a", "b"]}],
    "output_object_storage": [{"bucket_name": "out", "mount_location": "/out", "volume_size_in_gbs": 5}],
    "service_endpoint": {"domain": "chat.example.com", "dedicated_load_balancer": True},
    "service_endpoint_domain": "chat.example.com",
    "recipe_team_info": {"team_name": "research"},
    "recipe_public_ssh_key": "ssh-rsa AAAA",
    "recipe_availability_domain": "AD-2",
    "skip_capacity_validation": True,
    "recipe_of_another_version": {"deep": [{"down": 1}]},
}

FROM_A_FILE_SYSTEM: dict[str, Any] = SMALL | {
    "deployment_name": "shared",
    "recipe_container_command_args": ["vllm", "serve", "/fss/llama", "-tp", "2"],
    "input_file_system": [{"file_system_ocid": "ocid1.fs", "mount_target_ocid": "ocid1.mt", "mount_location": "/fss", "volume_size_in_gbs": 50}],
}

# What is no server of vLLM.
OTHERS: dict[str, dict[str, Any]] = {
    "it is a job": SMALL
    | {
        "recipe_mode": "job",
        "recipe_container_env": [{"key": "Hf_Token", "value": KEY}, {"key": "DATABASE", "value": f"postgres://user:{KEY}@db/chat"}],
        "recipe_container_command_args": ["--api-key", KEY, f"--hf_token={KEY}"],
        "recipe_inference_gateway": {"model_name": "chat", "api_key": KEY},
        "input_object_storage": [{"par": KEY}, {"bucket_name": PAR}],
    },
    "it makes a node pool": {"recipe_mode": "shared_node_pool", "deployment_name": "pool", "shared_node_pool_shape": "BM.GPU.H100.8"},
    "it changes nodes": {"recipe_mode": "update", "deployment_name": "x", "recipe_node_labels": {"corrino": "a10pool"}},
    "it makes a team": {"recipe_mode": "team", "deployment_name": "x", "team": {"team_name": "a", "quotas": [{"shape_name": "BM.GPU.H100.8"}]}},
    "it is one server over several nodes": SMALL | {"multinode_num_nodes_to_use_from_shared_pool": 2},
    "a shell takes": SMALL | {"recipe_container_command_use_shell": True},
    "it starts 'bash'": SMALL | {"recipe_container_command": ["bash", "-c"]},
    "it runs Ollama": {"recipe_mode": "service", "deployment_name": "o", "recipe_image_uri": "example/any:1", "recipe_container_port": "11434"},
    "its image hashicorp/http-echo is no server of vLLM": SMALL | {"recipe_image_uri": "hashicorp/http-echo"},
    "its command line names no model": SMALL | {"recipe_container_command_args": ["--port", "8000"]},
}

GROUP: dict[str, Any] = {
    "blueprint_category": "other",
    "deployment_group": {
        "name": "stack",
        "deployments": [
            {"name": "model", "recipe": SMALL, "exports": ["internal_dns_name"]},
            {"name": "store", "recipe": OTHERS["its image hashicorp/http-echo is no server of vLLM"], "depends_on": ["model"]},
        ],
    },
}
PORTAL: dict[str, Any] = {
    "blueprint_category": "model_serving",
    "blueprint_type": "oci_blueprint",
    "blueprint_title": "Chat",
    "blueprint_short_description": "short",
    "blueprint_long_description": "long",
    "pre_filled_samples": [SMALL | {"pre_filled_sample_name": "small"}, AMD],
}
ALL = {"small": SMALL, "amd": AMD, "rich": RICH, "file system": FROM_A_FILE_SYSTEM, "group": GROUP, "portal": PORTAL, "list": [SMALL, AMD], **OTHERS}
