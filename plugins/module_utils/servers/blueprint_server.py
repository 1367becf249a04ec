# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One recipe of a blueprint becomes an entry of role vllm."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..models.codecs import Flag, ListOf, Text, Whole
from ..models.text import PORT
from . import image as images
from . import rules
from .blueprint_arguments import CommandLine, Word, expanded, read, unknown_variables
from .blueprint_fields import HIDDEN, TELLING, Fields, holds_secret, safe
from .vllm import GPU_RESOURCES, VARIABLE

TEXT = Text(empty=True)
COUNT = Whole(1, 10**6)
GPUS = Whole(0, 64, "a number of GPUs")
ARCHITECTURES = {"amd64": "amd64", "x86_64": "amd64", "arm64": "arm64", "aarch64": "arm64"}
SECRET_FLAGS = {"--api-key": "VLLM_API_KEY", "--hf-token": "HF_TOKEN"}
SHAPE_LABEL = "node.kubernetes.io/instance-type"
SHAPE = re.compile(r"(?:BM|VM)\.GPU[0-9]?(?:\.([A-Za-z][-A-Za-z0-9]*))?\.([0-9]+)")


@dataclass
class Server:
    """An entry on its way, with what several steps need."""

    recipe: Fields
    name: str
    entry: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    line: CommandLine = field(default_factory=CommandLine)

    @property
    def secret(self) -> str:
        """The Secret that has to hold what stood in the document in plain text."""
        return f"{self.name}-env"


def build(recipe: Fields, name: str, line: CommandLine) -> dict[str, Any]:
    server = Server(recipe, name, {"name": name}, line=line)
    _environment(server)
    _arguments(server)
    _accelerators(server)
    _image(server)
    _nodes(server)
    _amounts(server)
    _replicas(server)
    return server.entry


def command_line(recipe: Fields) -> CommandLine:
    """Command and arguments, which Kubernetes runs as one line. They are taken only where they are a server of vLLM."""
    words = []
    for name in ("recipe_container_command", "recipe_container_command_args"):
        given = recipe.look(name)
        if isinstance(given, (list, tuple)):
            words += [Word(str(text), f"{recipe.where(name)}[{index}]") for index, text in enumerate(given)]
    return read(words, image_serves="vllm-openai" in str(recipe.look("recipe_image_uri")) and "recipe_container_command" not in recipe)


def take_command_line(recipe: Fields) -> None:
    for name in ("recipe_container_command", "recipe_container_command_args"):
        recipe.take(name, ListOf(TEXT, 1000))


def _environment(server: Server) -> None:
    plain: dict[str, str] = {}
    for part in server.recipe.parts("recipe_container_env"):
        key = part.take("key", Text(longest=1000))
        secret = key is not None and part.hides("value", holds_secret(key))
        value = part.take("value", TEXT)
        if key is None or not (secret or value is not None):
            part.wrong("key", "a variable has key and value.", "Write both.")
            continue
        part.lose_rest(*_nothing("a variable"))
        if secret or value is None:
            _hide(server, key, part.at)
            continue
        server.variables[key] = value
        if not re.fullmatch(VARIABLE.pattern, key):
            server.recipe.ledger.lose(part.at, {"key": key, "value": value}, "that is no name of a variable.", "Take it out, or rename it.")
            continue
        if key in plain:
            part.wrong("key", f"the variable {key} is there twice.", "Take one out.")
        plain[key] = value
    for part in server.recipe.parts("recipe_environment_secrets"):
        given = {name: part.take(name, Text()) for name in ("envvar_name", "secret_name", "secret_key")}
        part.lose_rest(*_nothing("a variable"))
        _refer(server, given["envvar_name"] or "", given["secret_name"] or "", given["secret_key"] or "")
    if plain:
        server.entry["env"] = plain


def _hide(server: Server, key: str, where: str) -> None:
    """The value stays out of the inventory; the entry asks a Secret for it."""
    secret, slot = ("hf-token", "token") if key in rules.TOKENS else (server.secret, key)
    _refer(server, key, secret, slot)
    why = "a secret in an inventory is read by all who read the inventory."
    server.recipe.ledger.lose(where, HIDDEN, why, f"Make the Secret {secret} with the key {slot}; the server refers to it.")


def _refer(server: Server, variable: str, secret: str, key: str) -> None:
    reference = {"secret": secret, "key": key}
    if variable in rules.TOKENS:
        server.entry["huggingface_token"] = reference
    else:
        server.entry.setdefault("secret_env", {})[variable] = reference


def _nothing(what: str) -> tuple[str, str]:
    return f"{what} has no such field.", "Take it out."


def _arguments(server: Server) -> None:
    line, recipe = server.line, server.recipe
    take_command_line(recipe)
    _text_flag(server, "--model", "model")
    if line.loose and line.vllm and "model" not in server.entry:
        server.entry["model"] = _expand(server, line.loose.pop(0))
    for word in line.loose:
        recipe.ledger.lose(word.where, safe(word.text), "no flag of vLLM is before it.", "Take it out, or write its flag.")
    _text_flag(server, "--served-model-name", "served_name")
    _text_flag(server, "--dtype", "dtype")
    for flag, target in (("--tensor-parallel-size", "tensor_parallel"), ("--pipeline-parallel-size", "pipeline_parallel"), ("--port", "port")):
        _text_flag(server, flag, target)
        if target in server.entry:
            number = Whole(1, 65535).read(server.entry.pop(target), f"{recipe.at}{flag}", recipe.ledger.report)
            server.entry |= {} if number is None else {target: number}
    _secret_flags(server)
    args = [item for flag in line.flags for item in flag.items()]
    if args:
        server.entry["args"] = args


def _text_flag(server: Server, flag: str, target: str) -> None:
    """A flag that is a field of the role; of several mentions vLLM takes the last."""
    found = server.line.take(flag)
    for early in found[:-1]:
        told = " ".join([flag, *(word.text for word in early.values)])
        server.recipe.ledger.lose(early.where, told, "the flag is there again further on, and the last one counts.", "Take one out.")
    if not found:
        return
    last = found[-1]
    if not last.values:
        server.recipe.ledger.report.add(last.where, f"{flag} has no value.", "Write it as the next item.")
        return
    server.entry[target] = _expand(server, last.values[0])
    for word in last.values[1:]:
        server.recipe.ledger.lose(word.where, safe(word.text), f"role vllm takes one value for {flag}.", f"Ask for the model as {server.entry[target]}.")


def _expand(server: Server, word: Word) -> str:
    missing = unknown_variables(word.text, server.variables)
    if missing:
        problem = f"$({missing[0]}) is no variable of recipe_container_env whose value is known."
        server.recipe.ledger.report.add(word.where, problem, "Write the value itself.")
    return expanded(word.text, server.variables)


def _secret_flags(server: Server) -> None:
    """vLLM takes its key and its token as variables, too, and a variable may come out of a Secret."""
    for flag in [flag for flag in server.line.flags if flag.values and (holds_secret(flag.name) or any(TELLING.search(word.text) for word in flag.values))]:
        server.line.flags.remove(flag)
        variable = SECRET_FLAGS.get(flag.name)
        if variable:
            _hide(server, variable, flag.values[0].where)
        for word in flag.values[1 if variable else 0 :]:
            why = "a secret in an inventory is read by all who read the inventory."
            server.recipe.ledger.lose(word.where, HIDDEN, why, f"Give {flag.name} by a variable out of a Secret (secret_env of the server).")


def _accelerators(server: Server) -> None:
    recipe = server.recipe
    counts = {vendor: recipe.take(f"recipe_{vendor}_gpu_count", GPUS) or 0 for vendor in GPU_RESOURCES}
    wanted = {vendor: count for vendor, count in counts.items() if count}
    shape = recipe.take("recipe_node_shape", Text("a shape", example="BM.GPU.H100.8")) or ""
    if shape:
        server.entry["node_selector"] = {SHAPE_LABEL: shape}
    found = SHAPE.fullmatch(shape)
    if len(wanted) > 1:
        recipe.wrong("recipe_amd_gpu_count", "GPUs of NVIDIA and of AMD are asked for; no node has both.", "Keep one.")
    elif wanted and not found and shape:
        recipe.wrong("recipe_node_shape", f"{shape} has no GPUs, and {sum(wanted.values())} are asked for.", "Write a shape with GPUs, or take the number out.")
    elif found:
        _check_shape(recipe, shape, "amd" if (found[1] or "").startswith("MI") else "nvidia", int(found[2]), wanted)
    vendor, count = next(iter(wanted.items()), ("none", 0))
    slice_of = recipe.take("mig_resource_request", Text("a slice", r"[0-9]+g\.[0-9]+gb(\.me)?", example="1g.10gb"))
    server.entry["gpu"] = {"vendor": vendor} | ({"count": count} if count else {}) | ({"resource": f"nvidia.com/mig-{slice_of}"} if slice_of else {})


def _check_shape(recipe: Fields, shape: str, vendor: str, there: int, wanted: dict[str, int]) -> None:
    asked = wanted.get(vendor, 0)
    if wanted and not asked:
        recipe.wrong("recipe_node_shape", f"the GPUs of {shape} are of {vendor}, and others are asked for.", f"Write recipe_{vendor}_gpu_count.")
    elif not asked:
        recipe.wrong(f"recipe_{vendor}_gpu_count", f"is missing: {shape} has {there} GPUs.", "Write how many of them one pod takes.")
    elif asked > there and "mig_resource_request" not in recipe:
        recipe.wrong(f"recipe_{vendor}_gpu_count", f"{asked} is more than the {there} GPUs of {shape}.", f"Write at most {there}.")


def _image(server: Server) -> None:
    recipe, entry = server.recipe, server.entry
    given = recipe.take("recipe_image_uri", Text("an image", r"\S+", 512))
    pull = recipe.take("recipe_container_secret_name", Text("the name of a Secret"))
    if pull:
        entry["image_pull_secrets"] = [pull]
    if not given:
        return
    entry["image"] = given
    image = images.parse(given)
    if not image.pinned:
        entry["allow_latest"] = True
        why = "the image is carried over, and means another one tomorrow."
        recipe.ledger.lose(recipe.where("recipe_image_uri"), given, why, "Write a version or a digest.")
    dropped = [flag for flag in entry.get("args", []) if flag == "--disable-log-requests"]
    if dropped and image.version is not None and image.version >= (0, 11):
        entry["args"] = [flag for flag in entry["args"] if flag not in dropped]
        if not entry["args"]:
            del entry["args"]
        why = "vLLM 0.11 dropped it and does not start with it."
        recipe.ledger.lose(recipe.where("recipe_container_command_args"), dropped, why, "Nothing has to be done.")


def _nodes(server: Server) -> None:
    recipe = server.recipe
    selector = server.entry.setdefault("node_selector", {})
    architecture = recipe.look("recipe_node_selector_arch")
    if str(architecture) in ARCHITECTURES:
        recipe.take("recipe_node_selector_arch", TEXT)
        selector["kubernetes.io/arch"] = ARCHITECTURES[str(architecture)]
    recipe.lose("recipe_node_selector_arch", "no nodes of that architecture are known.", "Write kubernetes.io/arch into node_selector of the server.")
    for part in recipe.parts("shared_node_pool_custom_node_selectors"):
        key, value = part.take("key", Text()), part.take("value", TEXT)
        part.lose_rest(*_nothing("a label"))
        selector |= {key: value} if key is not None and value is not None else {}
    if not selector:
        del server.entry["node_selector"]


def _amounts(server: Server) -> None:
    """The document's GB and MB are taken as GiB and MiB: never less than was asked for."""
    recipe, entry = server.recipe, server.entry
    shared = recipe.take("recipe_shared_memory_volume_size_limit_in_mb", COUNT)
    if shared:
        entry["shm"] = f"{shared}Mi"
    amounts = {}
    for name, resource, unit in (
        ("recipe_container_cpu_count", "cpu", ""),
        ("recipe_container_memory_size", "memory", "Gi"),
        ("recipe_ephemeral_storage_size", "ephemeral-storage", "Gi"),
    ):
        if amount := recipe.take(name, COUNT):
            amounts[resource] = f"{amount}{unit}"
    if amounts:
        entry |= {"requests": amounts, "limits": dict(amounts)}
    port = recipe.take("recipe_container_port", PORT)
    if port and entry.setdefault("port", port) != port:
        recipe.ledger.lose(recipe.where("recipe_container_port"), port, f"vLLM is told to listen on {entry['port']}.", "Nothing has to be done.")
    if str(recipe.look("recipe_host_port")) == str(entry.get("port")):
        recipe.take("recipe_host_port", PORT)
    recipe.lose("recipe_host_port", "the Service has the port of the container.", f"Clients inside the cluster use port {entry.get('port', 8000)}.")
    if recipe.take("recipe_prometheus_enabled", Flag()):
        note = {"scrape": "true", "port": str(entry.get("port", 8000)), "path": "/metrics"}
        entry["pod_annotations"] = {f"prometheus.io/{key}": value for key, value in note.items()}


def _replicas(server: Server) -> None:
    recipe = server.recipe
    scaling = recipe.part("recipe_pod_autoscaling_params")
    least, most = (scaling.take(name, Whole(1, 10000)) for name in ("min_replicas", "max_replicas"))
    scaling.lose_rest(
        "role vllm scales by what waits in the engines, with the cluster's own autoscaler, and needs no KEDA.",
        "Write metric and target into autoscaling of the server.",
    )
    if least and not most:
        scaling.wrong("max_replicas", "is missing beside min_replicas.", "Write it.")
    if most:
        server.entry["autoscaling"] = {"min_replicas": least or 1, "max_replicas": most}
        recipe.lose("recipe_replica_count", "the autoscaler decides how many there are.", "Nothing has to be done.")
    replicas = recipe.take("recipe_replica_count", Whole(0, 10000))
    if replicas is not None:
        server.entry["replicas"] = replicas
