# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OCI AI Blueprints as lists of this inventory: servers, consumers, routes, and all that has no place in them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.errors import InputError, Issue
from ..engine.values import plain
from ..models.codecs import Flag, Text, shown
from . import blueprint_gateway as gateway
from . import blueprint_pod as pod
from . import blueprint_server, blueprint_words
from .blueprint_fields import Fields, Ledger, safe
from .blueprint_gateway import PLACEHOLDER, Options, Way
from .vllm_objects import declared

ROOT = "the document"
MARKS = ("recipe_mode", "deployment_group", "pre_filled_samples")
IMAGES = {"nvidia": "none:0", "amd": "none:0", "none": "none:0"}


@dataclass
class Import:
    options: Options
    ledger: Ledger = field(default_factory=Ledger)
    servers: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    ways: list[Way] = field(default_factory=list)

    def document(self, value: Any, at: str) -> None:
        fields = Fields(value, at, self.ledger)
        if "deployment_group" in fields:
            self._group(fields.part("deployment_group"))
        for sample in fields.parts("pre_filled_samples"):
            self._recipe(sample)
        if "recipe_mode" in fields:
            self._recipe(fields)
        fields.lose_rest(*blueprint_words.TEXT)

    def _group(self, group: Fields) -> None:
        group.lose("name", "servers are told apart by their own names.", "Nothing has to be done.")
        for deployment in group.parts("deployments"):
            recipe = deployment.part("recipe")
            if not recipe.left:
                deployment.wrong("recipe", "is missing.", "Write the recipe of the deployment.")
            deployment.lose("name", "the server has the name of its recipe.", "Nothing has to be done.")
            deployment.lose("depends_on", "Kubernetes starts everything at once, and programs wait for each other.", "Nothing has to be done.")
            deployment.lose("exports", "a server is reached by its Service, NAME.NAMESPACE.svc.", "Write that address where the other deployment asks for it.")
            deployment.lose_rest(*blueprint_words.UNKNOWN)
            self._recipe(recipe)
        group.lose_rest(*blueprint_words.UNKNOWN)

    def _recipe(self, recipe: Fields) -> None:
        if not recipe.left:
            return
        line = blueprint_server.command_line(recipe)
        mode = str(recipe.look("recipe_mode") or "")
        if mode != "service" and mode not in blueprint_words.MODES:
            problem = f"is no mode of a blueprint: {shown(recipe.look('recipe_mode'))}." if mode else "is missing."
            recipe.wrong("recipe_mode", problem, f"Write one of service, {', '.join(blueprint_words.MODES)}.")
            return
        why = blueprint_words.MODES.get(mode) or not_vllm(recipe, line)
        if why:
            recipe.lose_rest(*why)
            return
        name = self._name(recipe)
        recipe.take("recipe_mode", Text())
        entry = blueprint_server.build(recipe, name, line)
        if "model" in entry:
            pod.folders(recipe, entry)
        pod.probes(recipe, entry)
        way = gateway.build(recipe, entry, self.options)
        recipe.take("recipe_container_command_use_shell", Flag())
        for each, words in blueprint_words.FIELDS.items():
            recipe.lose(each, *words)
        recipe.lose_rest(*blueprint_words.UNKNOWN)
        self._keep(recipe, entry, way)

    def _name(self, recipe: Fields) -> str:
        given = recipe.take("deployment_name", Text("a name", longest=1000))
        name = re.sub(r"[^a-z0-9]+", "-", (given or "").lower()).strip("-")[:63].rstrip("-")
        if not name:
            problem = f"holds no letter or digit: {shown(given)}." if given else "is missing."
            recipe.wrong("deployment_name", problem, "Write a name of letters, digits and '-'.")
        if name == "vllm":
            name = "vllm-server"
        if given and name != given:
            why = "a Service cannot have that name." if name != "vllm-server" else "a Service of that name gives other servers of vLLM a setting they stop at."
            self.ledger.lose(recipe.where("deployment_name"), given, why, f"The server is called {name}.")
        return name

    def _keep(self, recipe: Fields, entry: dict[str, Any], way: Way | None) -> None:
        name, at = str(entry["name"]), recipe.at or ROOT
        first = self.places.setdefault(name, at)
        if first != at:
            recipe.wrong("deployment_name", f"{name} is the name of the server of {first} already.", "Rename one, or import one of the two.")
        order = ("name", "namespace", "model", "served_name", "gpu", "tensor_parallel", "pipeline_parallel", "image", "args", "env")
        entry |= {"namespace": self.options.namespace} if self.options.namespace else {}
        self.servers[name] = {key: entry[key] for key in (*order, *(key for key in entry if key not in order)) if key in entry}
        if way is not None:
            self.ways.append(way)

    def check(self) -> None:
        """All documents together, and every server by role vllm's own rules."""
        self._unique("place", "requests to {} would reach either.", "Give one another model_name or url_path; upper and lower case do not count.")
        self._unique("key", "it has the same api_key, which the gateway would take for one consumer.", "Give each model a key of its own.")
        if self.ledger.report.issues:
            self.ledger.report.raise_if_any()
        for name, entry in self.servers.items():
            try:
                declared([entry], "default", IMAGES)
            except InputError as error:
                self.ledger.report.issues += [Issue(f"{self.places[name]}: {issue.where}", issue.problem, issue.remedy) for issue in error.issues]
        self.ledger.report.raise_if_any()

    def _unique(self, what: str, problem: str, remedy: str) -> None:
        seen: dict[str, str] = {}
        for way in self.ways:
            value = str(getattr(way, what))
            if not value or PLACEHOLDER.fullmatch(value):
                continue
            first = seen.setdefault(value, way.where)
            if first != way.where:
                self.ledger.report.add(way.where, f"clashes with {first}: {problem.format(value) if what == 'place' else problem}", remedy)

    def result(self) -> dict[str, Any]:
        space = self.options.namespace
        found: dict[str, Any] = {"namespaces": [{"name": space}]} if space else {}
        return found | {
            "vllm_models": list(self.servers.values()),
            "kong_consumers": [way.consumer for way in self.ways if way.consumer is not None],
            "inference_routes": [way.route for way in self.ways],
            "not_carried": self.ledger.lost,
        }


def not_vllm(recipe: Fields, line: Any) -> tuple[str, str] | None:
    """Why a service is none that role vllm can run."""
    image, kind = str(recipe.look("recipe_image_uri") or ""), str(recipe.look("recipe_id") or "")
    if "multinode_num_nodes_to_use_from_shared_pool" in recipe:
        return "it is one server over several nodes, and a pod runs on one.", "Take a shape whose GPUs are enough, or Kthena's ModelServing (kthena_objects)."
    if recipe.look("recipe_container_command_use_shell"):
        return "a shell takes its command line apart, so the server's settings cannot be read.", "Write command and arguments as a list, without a shell."
    if line.other:
        return f"it starts {safe(line.other)!r}, and only servers of vLLM are read.", "Write a workload of your own into applysets."
    if "ollama" in image or str(recipe.look("recipe_container_port")) == "11434":
        return f"it runs Ollama ({image or 'its port says so'}).", "Role ollama runs it: write the models into ollama_models."
    if not (line.vllm or "vllm" in image or kind.startswith("llm_inference")):
        return f"its image {image} is no server of vLLM.", "Write a workload of your own into applysets."
    if not any(flag.name == "--model" for flag in line.flags) and not (line.vllm and line.loose):
        return "its command line names no model, which role vllm has to know.", "Write --model into the arguments, or a workload of your own into applysets."
    return None


def decoded(value: Any, where: str) -> Any:
    """JSON text, or what has been made of it already."""
    if not isinstance(value, (str, bytes)):
        return plain(value, where)
    try:
        return plain(json.loads(value, object_pairs_hook=_pairs), where)
    except ValueError as error:
        raise InputError([Issue(where, f"is no JSON: {error}.", "Give the document as JSON text or as a dictionary.")]) from error


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A field that stands twice would vanish."""
    names = [name for name, _value in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the field {twice[0]} stands twice in one object")
    return dict(pairs)


def convert(given: Any, options: Options) -> dict[str, Any]:
    """One document or a list of them; raises InputError with all that is wrong."""
    root = decoded(given, ROOT)
    several = isinstance(root, list)
    run = Import(options)
    for index, item in enumerate(root if several else [root]):
        at = f"[{index}]" if several else ""
        value = decoded(item, at or ROOT)
        problem = no_blueprint(value)
        if problem:
            run.ledger.report.add(at or ROOT, *problem)
            continue
        run.document(value, at)
    run.check()
    return run.result()


def no_blueprint(value: Any) -> tuple[str, str] | None:
    wanted = f"A blueprint has one of {', '.join(MARKS)}."
    if not isinstance(value, Mapping):
        return f"is no blueprint: expected an object, got {shown(value)}.", wanted
    if "secrets_payload" in value:
        return "is no blueprint: it makes Secrets of the platform.", "Make Secrets from a vault, never from a file in plain text."
    if not any(name in value for name in MARKS):
        return "is no blueprint: nothing in it says what to run.", wanted
    return None
