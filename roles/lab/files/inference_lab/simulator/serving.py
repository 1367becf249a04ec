# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pod's server: which path does what, and how long it takes."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web

from . import metrics, ollama, openai
from .load import Load
from .openai import Ask, RefusedError
from .pods import Pod

Page = Callable[[], web.Response]
Action = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Serving:
    """What a pod is and does. ``pod`` may be exchanged while it serves: the next request sees the new one."""

    def __init__(self, pod: Pod) -> None:
        self.load = Load(pod.slots)
        self.pulled: dict[str, None] = {}
        self.loaded: dict[str, None] = {}
        self.numbers = itertools.count(1)
        # A pod's own sequence, so that a fault with a probability hits the same requests in each run.
        self.dice = random.Random(pod.title)  # noqa: S311 - no secret
        self.change(pod)

    def change(self, pod: Pod) -> None:
        self.pod = pod
        self.load.resize(pod.slots)
        self.pages, self.actions = self._pages(), self._actions()

    def names(self) -> tuple[str, ...]:
        if self.pod.engine == "ollama":
            return tuple(dict.fromkeys([*map(ollama.full, self.pod.models), *self.pulled]))
        return self.pod.models + self.pod.adapters

    def _pages(self) -> dict[str, Page]:
        """What is read with GET."""
        pages: dict[str, Page] = {"/v1/models": self._models}
        if self.pod.engine == "ollama":
            return pages | {"/": self._root, "/api/version": self._version, "/api/tags": self._tags, "/api/ps": self._ps}
        pages["/health"] = self._health
        if self.pod.metrics:
            pages["/metrics"] = self._metrics
        if self.pod.engine == "sglang":
            return pages | {"/health_generate": self._health, "/get_model_info": self._model_info}
        return pages | {"/ping": self._health, "/version": self._version}

    def _actions(self) -> dict[str, tuple[str, Action]]:
        """What takes a body, with its method."""
        actions: dict[str, tuple[str, Action]] = dict.fromkeys(("/v1/chat/completions", "/v1/completions"), ("POST", self._generate))
        if self.pod.engine == "ollama":
            actions |= {"/api/show": ("POST", self._show), "/api/pull": ("POST", self._pull), "/api/delete": ("DELETE", self._delete)}
        return actions

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """The low-level handler of aiohttp's server."""
        path = request.path
        try:
            if self.pod.api_key and path.startswith("/v1") and request.headers.get("Authorization") != f"Bearer {self.pod.api_key}":
                return self._json({"error": "Unauthorized"}, 401)
            method, action = self.actions.get(path, ("", None))
            if action and request.method == method:
                return await action(request)
            page = self.pages.get(path)
            if page and request.method in ("GET", "HEAD"):
                return page()
            if page or action:
                raise RefusedError(405, "Method Not Allowed")
            raise RefusedError(404, "Not Found", kind="Not Found")
        except RefusedError as refused:
            return self._refuse(path, refused)

    def _refuse(self, path: str, refused: RefusedError) -> web.Response:
        if self.pod.engine != "ollama":
            return self._json(openai.error(self.pod, refused), refused.status)
        words = {405: "405 method not allowed"} | ({} if path in self.pages or path in self.actions else {404: "404 page not found"})
        if refused.status in words:
            return self._answer(words[refused.status].encode(), refused.status, "text/plain")
        body = ollama.error(refused) if path.startswith("/api/") else openai.error(self.pod, refused)
        return self._json(body, refused.status)

    def _headers(self, model: str = "") -> dict[str, str]:
        names = self.names()
        return {"x-inference-pod": self.pod.title, "x-inference-model": model or (names[0] if names else "")}

    def _answer(self, body: bytes, status: int = 200, kind: str = "", model: str = "") -> web.Response:
        headers = self._headers(model)
        if kind:
            headers["Content-Type"] = kind
        return web.Response(body=body, status=status, headers=headers)

    def _json(self, body: Any, status: int = 200, model: str = "") -> web.Response:
        return self._answer(json.dumps(body, separators=(",", ":")).encode(), status, "application/json", model)

    def _root(self) -> web.Response:
        return self._answer(b"Ollama is running", kind="text/plain; charset=utf-8")

    def _health(self) -> web.Response:
        return self._answer(b"")

    def _metrics(self) -> web.Response:
        return self._answer(metrics.text(self.pod, self.load).encode(), kind=METRICS_TYPE)

    def _version(self) -> web.Response:
        return self._json({"version": self.pod.version})

    def _model_info(self) -> web.Response:
        return self._json({"model_path": self.pod.root, "tokenizer_path": self.pod.root, "is_generation": True})

    def _models(self) -> web.Response:
        return self._json(openai.models(self.pod, self.names()))

    def _tags(self) -> web.Response:
        return self._json(ollama.tags(self.names()))

    def _ps(self) -> web.Response:
        return self._json(ollama.running(tuple(self.loaded)))

    async def _show(self, request: web.BaseRequest) -> web.Response:
        name = ollama.asked(await _read(request))[0]
        ollama.known(name, self.names())
        return self._json(ollama.show(name), model=name)

    async def _delete(self, request: web.BaseRequest) -> web.Response:
        name = ollama.asked(await _read(request))[0]
        ollama.known(name, tuple(self.pulled))
        del self.pulled[name]
        self.loaded.pop(name, None)
        return self._answer(b"")

    async def _pull(self, request: web.BaseRequest) -> web.StreamResponse:
        name, body = ollama.asked(await _read(request))
        lines = ollama.pull(name)
        await asyncio.sleep(self.pod.faults.latency)
        self.pulled[name] = None
        if body.get("stream") is False:
            return self._json(lines[-1], model=name)
        text = "".join(json.dumps(line) + "\n" for line in lines)
        return self._answer(text.encode(), kind="application/x-ndjson", model=name)

    async def _generate(self, request: web.BaseRequest) -> web.StreamResponse:
        """Chat and plain completions. A request holds a slot from its first moment, so a slow pod has a queue."""
        faults = self.pod.faults
        chat = request.path == "/v1/chat/completions"
        raw = await _read(request)
        if faults.status and self.dice.random() < faults.status_probability:
            phrase = HTTPStatus(faults.status).phrase
            raise RefusedError(faults.status, f"{phrase} (asked for by annotation)")
        ask = openai.read(self.pod, self.names(), chat, raw)
        name = f"{'chatcmpl' if chat else 'cmpl'}-{self.pod.name}-{next(self.numbers)}"
        adapter = ask.served if ask.served in self.pod.adapters else ""
        async with self.load.slot(ask.prompt_tokens + ask.completion_tokens, adapter):
            if faults.hang:
                await asyncio.get_running_loop().create_future()
            if faults.latency:
                await asyncio.sleep(faults.latency)
            answer = await (self._stream(request, ask, name) if ask.stream else self._whole(ask, name))
        self.load.answered += 1
        self.load.prompt_tokens += ask.prompt_tokens
        self.load.generated_tokens += ask.completion_tokens
        self.loaded[ask.served] = None
        return answer

    async def _whole(self, ask: Ask, name: str) -> web.StreamResponse:
        faults = self.pod.faults
        # Choices are made side by side, as in a batch.
        longest = max(len(choice.tokens) for choice in ask.choices)
        took = faults.time_to_first_token + (longest / faults.tokens_per_second if faults.tokens_per_second else 0.0)
        if took:
            await asyncio.sleep(took)
        return self._json(openai.whole(ask, name), model=ask.served)

    async def _stream(self, request: web.BaseRequest, ask: Ask, name: str) -> web.StreamResponse:
        faults = self.pod.faults
        kind = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=self._headers(ask.served) | kind)
        response.enable_chunked_encoding()
        await response.prepare(request)
        if faults.time_to_first_token:
            await asyncio.sleep(faults.time_to_first_token)
        sent = 0
        start = asyncio.get_running_loop().time()
        for tokens, piece in openai.pieces(ask, name):
            if tokens and sent == faults.cut_stream_after:
                return await _cut(request, response)
            sent += tokens
            if tokens and faults.tokens_per_second:
                due = start + sent / (faults.tokens_per_second * len(ask.choices))
                await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            await response.write(piece)
        await response.write_eof()
        return response


async def _read(request: web.BaseRequest) -> bytes:
    """The body. aiohttp's low-level server leaves it to us to ask for one that is announced by Expect."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return await request.read()


async def _cut(request: web.BaseRequest, response: web.StreamResponse) -> web.StreamResponse:
    """Half a stream: what was written goes out, and the connection ends without the last chunk."""
    if request.transport is not None:
        request.transport.close()
    return response
