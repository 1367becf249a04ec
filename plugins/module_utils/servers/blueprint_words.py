# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a field of a blueprint has no place in this inventory, and what to do instead."""

from __future__ import annotations

POOL = ("node pools of OCI are made by Terraform or in OCI's console; this collection works in the cluster that is there.", "Give the node pool this setting.")
NETWORK = ("networks of OCI are not made here.", "Set it where the cluster and its node pools are made.")
PLATFORM = ("it belongs to the platform's own control plane.", "Nothing has to be done.")
TEXT = ("it is text for the platform's portal.", "Nothing has to be done.")
STORAGE = ("buckets of object storage are not copied by this collection.", "Copy what is needed with OCI's tools.")

FIELDS: dict[str, tuple[str, str]] = {
    "recipe_availability_domain": POOL,
    "recipe_flex_shape_memory_size_in_gbs": POOL,
    "recipe_flex_shape_ocpu_count": POOL,
    "recipe_max_pods_per_node": POOL,
    "recipe_node_autoscaling_params": (POOL[0], "Use OCI's Cluster Autoscaler on the node pool."),
    "recipe_node_boot_volume_size_in_gbs": POOL,
    "recipe_node_image_ocid": POOL,
    "recipe_node_labels": (POOL[0], "Label the nodes, and write the labels into node_selector of the server."),
    "recipe_node_pool_name": POOL,
    "recipe_node_pool_size": POOL,
    "recipe_public_ssh_key": POOL,
    "recipe_use_shared_node_pool": ("pods go to any node that node_selector allows, shared or not.", "Nothing has to be done where such nodes are there."),
    "recipe_shared_node_pool_selector": (
        "it is the platform's own name for a pool, which no label of the nodes is known to hold.",
        "Write a label of those nodes into node_selector of the server.",
    ),
    "recipe_pod_subnet_nsg_ocid": NETWORK,
    "recipe_pod_subnet_ocid": NETWORK,
    "recipe_worker_subnet_nsg_ocid": NETWORK,
    "recipe_compartment_ocid": NETWORK,
    "skip_capacity_validation": PLATFORM,
    "skip_quota_validation": PLATFORM,
    "recipe_id": ("it is the platform's name for a kind of recipe; image and arguments say what runs.", "Nothing has to be done."),
    "pre_filled_sample_name": TEXT,
    "recipe_team_info": ("teams are queues of the platform.", "Write priority_class into the server, and a ResourceQuota into applysets."),
    "recipe_node_name": ("a server is bound to nodes by their labels.", "Write a label of that node into node_selector of the server."),
    "recipe_additional_ingress_ports": ("a server of vLLM has one port.", "Write a further route into inference_routes to a Service of yours."),
    "service_endpoint": ("the public name belongs to the gateway, not to one server.", "Write hostnames into the route, and the address into your DNS."),
    "service_endpoint_domain": ("the public name belongs to the gateway, not to one server.", "Write hostnames into the route, and the address into your DNS."),
    "output_object_storage": STORAGE,
    "multinode_rdma_enabled_in_shared_pool": ("a pod runs on one node.", "Take a shape whose GPUs are enough."),
}
UNKNOWN = ("it is no field of a blueprint that this collection knows.", "Look whether it is spelled right, and whether the server needs it.")

MODES: dict[str, tuple[str, str]] = {
    "job": ("it is a job, which ends; this inventory is of servers.", "Write a Job into applysets."),
    "update": ("it changes nodes of the platform.", "Change the node pool with OCI's tools; label nodes with kubectl."),
    "shared_node_pool": ("it makes a node pool.", "Make it by Terraform or in OCI's console, and label its nodes."),
    "team": ("it makes a team with quotas, a queue of the platform.", "Write a ResourceQuota into applysets."),
}
