# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a declared probe to what is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..models.codecs import Report
from ..models.gateway import is_address
from ..models.route import milliseconds
from .declared import Probe, Tls
from .order import Order, Target

CHAT = "/v1/chat/completions"
TIMEOUT = 60.0
MODEL_PROMPT = "Say yes."
MODEL_TOKENS = 16


def order_of(probe: Probe, where: str, count: int, report: Report) -> Order:
    """``count`` is used where the probe does not say one."""
    url = urlsplit(probe.url or "")
    tls = probe.tls is not None or url.scheme == "https"
    host = probe.host or url.netloc or _bracketed(probe.address or "")
    body, kind = _body(probe, url.path)
    return Order(
        target=_target(probe, host if probe.url is None else url.netloc, host, tls, where, report),
        host=host if ":" in host.rpartition("]")[2] else _with_port(host, probe, tls),
        path=_path(probe, url.path, url.query),
        method=probe.method or ("GET" if body == "" else "POST"),
        headers=_headers(probe, kind),
        body=body,
        stream=bool(probe.stream),
        count=probe.count or count,
        concurrency=probe.concurrency or 1,
        rate=probe.rate or 0.0,
        duration=_seconds(probe.duration),
        timeout=_seconds(probe.timeout) or TIMEOUT,
        deadline=_seconds(probe.deadline),
        keep_alive=probe.keep_alive is not False,
        who=probe.who or "",
    )


def _target(probe: Probe, dialled: str, host: str, tls: bool, where: str, report: Report) -> Target:
    name, port = _split(dialled)
    proxy = urlsplit(probe.proxy or "")
    options = probe.tls or Tls()
    return Target(
        address=(probe.address or name).strip("[]"),
        port=probe.port or port or (443 if tls else 80),
        tls=tls,
        verify=options.verify is not False,
        ca=_read(options.ca_file, f"{where}.tls.ca_file", report),
        server_name=options.server_name or _split(host)[0].strip("[]"),
        proxy=f"{_bracketed(proxy.hostname or '')}:{proxy.port or 80}" if probe.proxy else "",
        proxy_authorization=unquote(f"{proxy.username}:{proxy.password or ''}") if proxy.username else "",
    )


def _with_port(host: str, probe: Probe, tls: bool) -> str:
    """The Host header names the port where it is not the scheme's own, unless the host was given in so many words."""
    port = probe.port
    if probe.host is not None or probe.url is not None or port is None or port == (443 if tls else 80):
        return host
    return f"{host}:{port}"


def _path(probe: Probe, path: str, query: str) -> str:
    if probe.path is not None:
        return probe.path
    if path in ("", "/") and probe.model is not None and not query:
        return CHAT
    return (path or "/") + (f"?{query}" if query else "")


def _body(probe: Probe, url_path: str) -> tuple[str, str]:
    """The body and its type."""
    if isinstance(probe.body, str):
        return str(probe.body), "application/json" if probe.body[:1] in "{[" else "text/plain; charset=utf-8"
    if probe.body is not None:
        body: Any = probe.body
        return json.dumps(body | {"stream": True} if probe.stream and isinstance(body, dict) else body), "application/json"
    if probe.model is None:
        return "", ""
    made = body_for((probe.path or url_path).partition("?")[0], probe.model, probe.prompt, probe.max_tokens)
    if probe.stream and "input" not in made:
        made |= {"stream": True, "stream_options": {"include_usage": True}}
    return json.dumps(made), "application/json"


def body_for(path: str, model: str, prompt: str | None = None, max_tokens: int | None = None) -> dict[str, Any]:
    """What a path of the OpenAI API takes: embeddings, plain completions, or chat, which is also for all other paths."""
    text = prompt or MODEL_PROMPT
    if path.endswith("/embeddings"):
        return {"model": model, "input": text}
    plain = path.endswith("/completions") and not path.endswith("/chat/completions")
    asked: dict[str, Any] = {"prompt": text} if plain else {"messages": [{"role": "user", "content": text}]}
    return {"model": model, **asked, "max_tokens": max_tokens or MODEL_TOKENS}


def _headers(probe: Probe, kind: str) -> tuple[tuple[str, str], ...]:
    given = tuple((probe.headers or {}).items())
    named = {name.lower() for name, _value in given}
    return given if not kind or "content-type" in named else (*given, ("Content-Type", kind))


def _split(host: str) -> tuple[str, int]:
    """Name and port; 0 where none is said."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit() or (":" in name and not name.endswith("]")):
        return host, 0
    return name, int(port)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address and is_address(address) else address


def _seconds(duration: str | None) -> float:
    return milliseconds(duration) / 1000 if duration else 0.0


def _read(path: str | None, where: str, report: Report) -> str:
    if path is None:
        return ""
    try:
        text = Path(path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        report.add(where, f"cannot be read: {error}", "Name a file with certificates in PEM on the host where the module runs.")
        return ""
    if "-----BEGIN CERTIFICATE-----" not in text:
        report.add(where, f"{path} holds no certificate in PEM.", "It has to begin with -----BEGIN CERTIFICATE-----.")
    return text
