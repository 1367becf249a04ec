# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of plugin ai-proxy (kong/llm/schemas/init.lua, kong/plugins/ai-proxy/schema.lua)."""

from __future__ import annotations

from typing import Any

from . import fields as f
from .validate import Field

PROVIDERS = ["openai", "azure", "anthropic", "cohere", "mistral", "llama2", "gemini", "bedrock", "huggingface"]
ROUTES = ["llm/v1/chat", "llm/v1/completions", "preserve"]


def _text(**more: Any) -> Field:
    return f.text(required=False, **more)


def _secret() -> Field:
    return _text(encrypted=True, referenceable=True)


def _record(fields: dict[str, Field], rules: list[dict[str, Any]] | None = None) -> Field:
    record = {"type": "record", "required": False, "fields": fields}
    return {**record, "entity_checks": rules} if rules else record


def _auth() -> Field:
    return _record(
        {
            "header_name": _text(referenceable=True),
            "header_value": _secret(),
            "param_name": _text(referenceable=True),
            "param_value": _secret(),
            "param_location": _text(one_of=["query", "body"]),
            "gcp_use_service_account": f.boolean(False, required=False),
            "gcp_service_account_json": _text(referenceable=True),
            "aws_access_key_id": _secret(),
            "aws_secret_access_key": _secret(),
            "allow_override": f.boolean(False, required=False),
        }
    )


def _number(low: float, high: float) -> Field:
    return {"type": "number", "required": False, "between": [low, high]}


def _options() -> Field:
    gemini = {name: _text() for name in ("api_endpoint", "project_id", "location_id")}
    hugging = {name: {"type": "boolean", "required": False} for name in ("use_cache", "wait_for_model")}
    return _record(
        {
            "max_tokens": {"type": "integer", "required": False},
            "input_cost": {"type": "number", "required": False, "gt": 0},
            "output_cost": {"type": "number", "required": False, "gt": 0},
            "temperature": _number(0, 5),
            "top_p": _number(0, 1),
            "top_k": f.integer(0, 500, required=False),
            "anthropic_version": _text(),
            "azure_instance": _text(),
            "azure_api_version": _text(default="2023-05-15"),
            "azure_deployment_id": _text(),
            "llama2_format": _text(one_of=["raw", "openai", "ollama"]),
            "mistral_format": _text(one_of=["openai", "ollama"]),
            "upstream_url": f.url(required=False),
            "upstream_path": _text(),
            "gemini": _record(gemini, [{"mutually_required": list(gemini)}]),
            "bedrock": _record({"aws_region": _text()}),
            "huggingface": _record(hugging),
        }
    )


def _provider_needs(provider: str, option: str, told: str = "") -> dict[str, Any]:
    return {
        "conditional_at_least_one_of": {
            "if_field": "model.provider",
            "if_match": {"one_of": [provider]},
            "then_at_least_one_of": [f"model.options.{option}"],
            "then_err": f"must set %s for {told or provider + ' provider'}",
        }
    }


def _statistics(config: dict[str, Any]) -> str | None:
    provider = (config.get("model") or {}).get("provider")
    if (config.get("logging") or {}).get("log_statistics") and config.get("route_type") == "llm/v1/completions" and provider == "anthropic":
        return "anthropic does not support statistics when route_type is llm/v1/completions"
    return None


def _rules() -> list[dict[str, Any]]:
    override = {
        "if_field": "model.provider",
        "if_match": {"one_of": ["bedrock", "gemini"]},
        "then_field": "auth.allow_override",
        "then_match": {"eq": False},
        "then_err": "bedrock and gemini only support auth.allow_override = false",
    }
    return [
        {"conditional": override},
        {"mutually_required": ["auth.header_name", "auth.header_value"]},
        {"mutually_required": ["auth.param_name", "auth.param_value", "auth.param_location"]},
        _provider_needs("llama2", "llama2_format"),
        _provider_needs("mistral", "mistral_format"),
        _provider_needs("anthropic", "anthropic_version"),
        *[_provider_needs("azure", option) for option in ("azure_instance", "azure_api_version", "azure_deployment_id")],
        _provider_needs("llama2", "upstream_url", "self-hosted providers/models"),
        {"custom_entity_check": {"field_sources": ["route_type", "model", "logging"], "fn": _statistics}},
    ]


def ai_proxy() -> Field:
    model = {"provider": f.text(required=True, one_of=PROVIDERS), "name": _text(), "options": _options()}
    logging = {name: f.boolean(False, required=True) for name in ("log_statistics", "log_payloads")}
    whole = {
        "route_type": f.text(required=True, one_of=ROUTES),
        "auth": _auth(),
        "model": {"type": "record", "required": True, "fields": model},
        "logging": {"type": "record", "required": True, "fields": logging},
        "response_streaming": _text(default="allow", one_of=["allow", "deny", "always"]),
        "max_request_body_size": {"type": "integer", "default": 8192, "gt": 0},
        "model_name_header": f.boolean(True),
        "llm_format": _text(default="openai", one_of=["openai", "bedrock", "gemini"]),
    }
    return {"type": "record", "fields": whole, "entity_checks": _rules()}


def _native(match: dict[str, Any], field: str, wanted: str, told: str) -> dict[str, Any]:
    return {"conditional": {"if_field": "config.llm_format", "if_match": match, "then_field": field, "then_match": {"eq": wanted}, "then_err": told}}


AI_PROXY_RULES = [
    _native(
        {"one_of": ["bedrock", "gemini"]},
        "config.route_type",
        "llm/v1/chat",
        "native provider options in llm_format can only be used with the 'llm/v1/chat' route_type",
    ),
    *[
        _native({"eq": name}, "config.model.provider", name, f"native llm_format '{name}' can only be used with the '{name}' model.provider")
        for name in ("bedrock", "gemini")
    ],
]
