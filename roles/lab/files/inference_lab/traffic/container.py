# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kubelet makes of a container's spec, as far as programs of the lab need it: environment, arguments, files. Pure."""

from __future__ import annotations

import base64
import dataclasses
import re
from typing import Any

Object = dict[str, Any]
# (kind, name) of a ConfigMap or Secret of the pod's namespace -> its files.
Contents = dict[tuple[str, str], dict[str, str]]
VOLUMES = "volumes"
_VARIABLE = re.compile(r"\$\$|\$\(([A-Za-z_.][-A-Za-z0-9_.]*)\)")


@dataclasses.dataclass(frozen=True)
class Resolved:
    """Environment and arguments with every path of a volume replaced by its folder in the pod's own folder; files by path there."""

    environment: dict[str, str]
    args: list[str]
    files: dict[str, str]
    folders: list[str]
    mounts: dict[str, str]
    """Path in the container -> folder or file below the pod's own folder."""


def references(pod: Object) -> set[tuple[str, str]]:
    """ConfigMaps and Secrets that a pod reads."""
    found: set[tuple[str, str]] = set()
    for volume in pod["spec"].get("volumes", []):
        found |= {key for source in _sources(volume) if (key := _named(source))}
    for container in pod["spec"]["containers"]:
        for entry in container.get("env", []):
            source = entry.get("valueFrom", {})
            found |= {(kind, source[key]["name"]) for key, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")) if key in source}
    return found


def audiences(pod: Object) -> list[str]:
    """Whom the tokens in a pod's volumes are for."""
    tokens = [source.get("serviceAccountToken", {}) for volume in pod["spec"].get("volumes", []) for source in _sources(volume)]
    return sorted({token["audience"] for token in tokens if "audience" in token})


def contents(kind: str, item: Object) -> dict[str, str]:
    """The files of a ConfigMap or a Secret."""
    data = item.get("data") or {}
    return {key: base64.b64decode(value).decode("utf-8", "replace") for key, value in data.items()} if kind == "Secret" else dict(data)


def resolve(pod: Object, container: Object, known: Contents, token: str, folder: str) -> Resolved:
    """One container of a pod that has its address. FOLDER is the pod's own, absolute; without one paths stay as the container says them."""
    files, folders, places = _mounts(pod, container, known, token)
    paths = {mount: f"{folder}/{place}" for mount, place in places.items()} if folder else {}
    environment: dict[str, str] = {}
    for entry in container.get("env", []):
        # The API server leaves an empty value out; to a program it is not the same as none.
        value = _value_from(pod, entry["valueFrom"], known) if "valueFrom" in entry else expand(entry.get("value", ""), environment)
        if value is not None:
            environment[entry["name"]] = value
    args = [_moved(expand(arg, environment), paths) for arg in container.get("args", [])]
    return Resolved({name: _moved(value, paths) for name, value in environment.items()}, args, files, folders, places)


def expand(text: str, environment: dict[str, str]) -> str:
    """$(NAME) as Kubernetes does it: an unknown name stays as it is, $$ is one $."""
    return _VARIABLE.sub(lambda found: "$" if found[0] == "$$" else environment.get(found[1], found[0]), text)


def _moved(text: str, paths: dict[str, str]) -> str:
    """TEXT with every mount path in it, as a whole path or the beginning of one, replaced."""
    for mount in sorted(paths, key=len, reverse=True):
        text = re.sub(rf"(?<![\w/.-]){re.escape(mount)}(?=/|$|[:,;\s'\"])", paths[mount].replace("\\", r"\\"), text)
    return text


def _mounts(pod: Object, container: Object, known: Contents, token: str) -> tuple[dict[str, str], list[str], dict[str, str]]:
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
    files: dict[str, str] = {}
    folders: list[str] = []
    places: dict[str, str] = {}
    for mount in container.get("volumeMounts", []):
        place = f"{VOLUMES}/{mount['name']}"
        places[mount["mountPath"].rstrip("/")] = f"{place}/{mount['subPath']}" if "subPath" in mount else place
        folders.append(place)
        for source in _sources(volumes.get(mount["name"], {})):
            files |= {f"{place}/{name}": text for name, text in _files(pod, source, known, token).items()}
    return files, folders, places


def _sources(volume: Object) -> list[Object]:
    return list(volume["projected"].get("sources", [])) if "projected" in volume else [volume]


def _named(source: Object) -> tuple[str, str] | None:
    if "configMap" in source:
        return "ConfigMap", source["configMap"]["name"]
    if "secret" in source:
        return "Secret", source["secret"].get("secretName") or source["secret"]["name"]
    return None


def _files(pod: Object, source: Object, known: Contents, token: str) -> dict[str, str]:
    if "serviceAccountToken" in source:
        return {source["serviceAccountToken"]["path"]: token}
    if "downwardAPI" in source:
        return {item["path"]: _field(pod, item["fieldRef"]["fieldPath"]) for item in source["downwardAPI"].get("items", []) if "fieldRef" in item}
    key = _named(source)
    if key is None:
        return {}
    data = known.get(key, {})
    items = (source.get("configMap") or source.get("secret") or {}).get("items")
    return {item["path"]: data[item["key"]] for item in items if item["key"] in data} if items else data


def _value_from(pod: Object, source: Object, known: Contents) -> str | None:
    if "fieldRef" in source:
        return _field(pod, source["fieldRef"]["fieldPath"])
    if "resourceFieldRef" in source:
        return None  # limits of a container that does not run say nothing here; programs have defaults of their own
    for key, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
        if key in source:
            return known.get((kind, source[key]["name"]), {}).get(source[key]["key"])
    return None


def _field(pod: Object, path: str) -> str:
    found = re.fullmatch(r"(metadata\.(?:labels|annotations))\['(.+)'\]", path)
    value: Any = pod
    for key in (found[1] if found else path).split("."):
        value = value.get(key, {}) if isinstance(value, dict) else {}
    if found:
        value = value.get(found[2], "") if isinstance(value, dict) else ""
    if isinstance(value, dict):
        return "\n".join(f'{name}="{text}"' for name, text in sorted(value.items()))
    return str(value)
