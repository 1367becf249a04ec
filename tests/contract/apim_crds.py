# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of the Apigee operator (apim.googleapis.com) as a test machine can have them: its charts lie in a registry that is not read there.

Written from Google's pages below cloud.google.com/apigee/docs/api-platform/apigee-kubernetes, in our words:
``apigee-apim-operator-reference`` for fields, types and what is optional; ``-create`` and ``-apimextension`` for APIMExtensionPolicy; ``-uninstall`` and
``-overview`` for which kinds there are besides. ApigeeBackendService is that of the sample llm-inference-gateway of GoogleCloudPlatform/apigee-samples, and the
columns STATE and ERRORMESSAGE are those that its commands print. Fields that no page names are pruned here, as an API server does with unknown ones.
Templates and their policies have unread schemas; ``ApimTemplate`` stands for them and takes anything.
"""

from __future__ import annotations

import json
from typing import Any

GROUP = "apim.googleapis.com"
Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "integer", "format": "int64"}
ANYTHING: Schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def thing(*required: str, **fields: Schema) -> Schema:
    return {"type": "object", "properties": fields} | ({"required": list(required)} if required else {})


def array(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


STATUS = thing(state=TEXT, errorMessage=TEXT)
REFERENCE = thing("name", "kind", "group", name=TEXT, kind=TEXT, group=TEXT, namespace=TEXT)


def backend_service() -> Schema:
    location = thing("name", "network", "subnetwork", name=TEXT, network=TEXT, subnetwork=TEXT)
    return thing("locations", apigeeEnv=TEXT, defaultSecurityEnabled=FLAG, locations=array(location))


def extension_policy() -> Schema:
    target = thing("name", "kind", name=TEXT, kind=one_of("Gateway"), namespace=TEXT)
    return thing("location", "targetRef", apigeeEnv=TEXT, location=TEXT, failOpen=FLAG, timeout=TEXT, defaultSecurityEnabled=FLAG, targetRef=target)


def product() -> Schema:
    attribute = thing("name", "value", name=TEXT, value=TEXT)
    fields = {"name": TEXT, "approvalType": one_of("auto", "manual"), "description": TEXT, "displayName": TEXT, "analytics": ANYTHING}
    wanted = ("approvalType", "description", "displayName", "enforcementRefs")
    return thing(*wanted, **fields, enforcementRefs=array(REFERENCE), attributes=array(attribute))


def operation_set() -> Schema:
    quota = thing("limit", "interval", "timeUnit", limit=NUMBER, interval=NUMBER, timeUnit=TEXT)
    operation = thing("name", "path", "methods", name=TEXT, path=TEXT, methods=array(TEXT))
    return thing("apiProductRefs", apiProductRefs=array(REFERENCE), quota=quota, restOperations=array(operation))


# Kind, its plural, the schema of its spec.
KINDS: tuple[tuple[str, str, Schema], ...] = (
    ("ApigeeBackendService", "apigeebackendservices", backend_service()),
    ("APIMExtensionPolicy", "apimextensionpolicies", extension_policy()),
    ("APIProduct", "apiproducts", product()),
    ("APIOperationSet", "apioperationsets", operation_set()),
    ("ApimTemplate", "apimtemplates", ANYTHING),
)


def definition(kind: str, plural: str, spec: Schema, version: str = "v1") -> dict[str, Any]:
    columns = [{"name": name.upper(), "type": "string", "jsonPath": f".status.{name}"} for name in ("state", "errorMessage")]
    served = {"name": version, "served": True, "storage": True, "subresources": {"status": {}}, "additionalPrinterColumns": columns}
    schema = thing("spec", apiVersion=TEXT, kind=TEXT, metadata={"type": "object"}, spec=spec, status=STATUS)
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    body = {"group": GROUP, "names": names, "scope": "Namespaced", "versions": [{**served, "schema": {"openAPIV3Schema": schema}}]}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{GROUP}"}, "spec": body}


def definitions(version: str = "v1") -> list[dict[str, Any]]:
    return [definition(*each, version) for each in KINDS]


def text(version: str = "v1") -> str:
    return "".join(f"---\n{json.dumps(each)}\n" for each in definitions(version))


def names() -> list[str]:
    return [f"{plural}.{GROUP}" for _kind, plural, _spec in KINDS]


def remove(lab: Any) -> None:
    """With them goes every object of their kinds."""
    lab.kubectl("delete", "crd", *names(), "--ignore-not-found", "--wait=true")


def says(lab: Any, namespace: str, kind: str, name: str, state: str = "CREATED", error: str = "") -> None:
    """What the operator would write into an object's status."""
    status = json.dumps({"status": {"state": state, "errorMessage": error}})
    plural = next(plural for each, plural, _spec in KINDS if each == kind)
    lab.kubectl("patch", f"{plural}.{GROUP}", name, "--namespace", namespace, "--subresource=status", "--type=merge", "-p", status)
