# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies of the OpenAI API: what was asked, the text that answers it, and refusals in each engine's own shape."""

from __future__ import annotations

import json
import time
import zlib
from dataclasses import dataclass
from typing import Any

from .pods import Pod

TEXT = """a gateway sends each request to one pod and the answer comes back as it was made with every token counted once
while weights say how much traffic a model server takes and probes say whether it may take any"""
WORDS = TEXT.split()
# What a chat template adds to each message and to the whole, in tokens.
PER_MESSAGE, PER_CHAT = 4, 3
SHORTEST, SPREAD = 12, 12
PHRASES = {400: "BadRequestError", 401: "Unauthorized", 404: "NotFoundError", 405: "Method Not Allowed", 429: "Too Many Requests"}
PHRASES |= {500: "InternalServerError", 503: "Service Unavailable"}


class RefusedError(Exception):
    """A request that the engine would not take."""

    def __init__(self, status: int, message: str, param: str | None = None, kind: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.param, self.kind = status, message, param, kind or PHRASES.get(status, "error")


@dataclass(frozen=True)
class Choice:
    """One answer: its tokens, each a word with the blank before it, and how many of the prompt's were read for it."""

    tokens: tuple[str, ...]
    finish: str

    @property
    def text(self) -> str:
        return "".join(self.tokens)


@dataclass(frozen=True)
class Ask:
    """A checked request. ``served`` is the model that answers, ``model`` what the answer calls it."""

    chat: bool
    model: str
    served: str
    prompt_tokens: int
    choices: tuple[Choice, ...]
    stream: bool = False
    usage: bool = False

    @property
    def completion_tokens(self) -> int:
        return sum(len(choice.tokens) for choice in self.choices)

    def counts(self) -> dict[str, int]:
        return {"prompt_tokens": self.prompt_tokens, "total_tokens": self.prompt_tokens + self.completion_tokens, "completion_tokens": self.completion_tokens}


def read(pod: Pod, names: tuple[str, ...], chat: bool, raw: bytes) -> Ask:
    """The request, or ``RefusedError`` with the status and words of the engine. ``names`` are the models that the pod serves now."""
    body = _body(pod, raw)
    prompts = [_messages(pod, body)] if chat else _prompts(pod, body)
    served = model_of(pod, names, body.get("model"))
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    limit = _number(pod, "max_tokens", limit, 1) if limit is not None else None
    copies = _number(pod, "n", body.get("n"), 1) if body.get("n") is not None else 1
    prompt_tokens = sum(count for text, count in prompts)
    longest = max(count for text, count in prompts)
    _fits(pod, longest, limit)
    choices = tuple(write(f"{pod.title} {served} {text} {copy}", limit) for text, count in prompts for copy in range(copies))
    options = body.get("stream_options")
    usage = isinstance(options, dict) and bool(options.get("include_usage"))
    if options is not None and not body.get("stream") and pod.engine == "vllm":
        raise RefusedError(400, "Stream options can only be defined when `stream=True`.", "stream_options")
    return Ask(chat, str(body.get("model") or served), served, prompt_tokens, choices, bool(body.get("stream")), usage)


def model_of(pod: Pod, names: tuple[str, ...], wanted: Any) -> str:
    """vLLM and Ollama know their models' names, SGLang answers whatever name is asked; vLLM takes none at all for its own model."""
    if wanted is not None and not isinstance(wanted, str):
        raise _invalid(pod, "string_type", ("model",), "Input should be a valid string")
    if pod.engine == "ollama":
        return _ollama_model(names, wanted or "")
    if pod.engine == "sglang" or not wanted:
        return names[0]
    if wanted not in names:
        raise RefusedError(404, f"The model `{wanted}` does not exist.", "model")
    return wanted


def _ollama_model(names: tuple[str, ...], wanted: str) -> str:
    if not wanted:
        raise RefusedError(400, "model is required", kind="invalid_request_error")
    found = next((name for name in (wanted, f"{wanted}:latest") if name in names), None)
    if found is None:
        raise RefusedError(404, f"model '{wanted}' not found", kind="not_found_error")
    return found


def write(seed: str, limit: int | None) -> Choice:
    """The same seed gives the same words; the end comes of itself or, sooner, by the limit."""
    state = zlib.crc32(seed.encode())
    length = SHORTEST + state % SPREAD
    tokens = []
    for index in range(length if limit is None else min(length, limit)):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        word = WORDS[(state >> 8) % len(WORDS)]
        tokens.append(f" {word}" if index else word)
    return Choice(tuple(tokens), "stop" if limit is None or length <= limit else "length")


def _body(pod: Pod, raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError as error:
        if pod.engine == "ollama":
            raise RefusedError(400, f"invalid JSON: {error}", kind="invalid_request_error") from error
        place = getattr(error, "pos", 0)
        why = getattr(error, "msg", str(error))
        message = f"[{{'type': 'json_invalid', 'loc': ('body', {place}), 'msg': 'JSON decode error', 'input': {{}}, 'ctx': {{'error': '{why}'}}}}]"
        raise RefusedError(400, message, kind="Bad Request") from error
    if not isinstance(body, dict):
        raise _invalid(pod, "model_attributes_type", (), "Input should be a valid dictionary or object to extract fields from")
    return body


def _invalid(pod: Pod, kind: str, place: tuple[str, ...], why: str) -> RefusedError:
    if pod.engine == "ollama":
        return RefusedError(400, f"{'.'.join(place) or 'body'}: {why}", kind="invalid_request_error")
    return RefusedError(400, f"[{{'type': '{kind}', 'loc': {('body', *place)}, 'msg': '{why}'}}]", kind="Bad Request")


def _number(pod: Pod, name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _invalid(pod, "int_parsing", (name,), "Input should be a valid integer")
    if value < least:
        raise RefusedError(400, f"{name} must be at least {least}, got {value}.", name)
    return value


def _messages(pod: Pod, body: dict[str, Any]) -> tuple[str, int]:
    messages = body.get("messages")
    if messages is None and pod.engine != "ollama":
        raise _invalid(pod, "missing", ("messages",), "Field required")
    if not messages and pod.engine == "ollama":
        raise RefusedError(400, "[] is too short - 'messages'", kind="invalid_request_error")
    if not isinstance(messages, list):
        raise _invalid(pod, "list_type", ("messages",), "Input should be a valid list")
    texts = []
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise _invalid(pod, "missing", ("messages", str(index), "role"), "Field required")
        texts.append(_content(message.get("content")))
    return "\n".join(texts), sum(len(text.split()) + PER_MESSAGE for text in texts) + PER_CHAT


def _content(content: Any) -> str:
    """A text, or the text parts of a list of parts."""
    if isinstance(content, list):
        return " ".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _prompts(pod: Pod, body: dict[str, Any]) -> list[tuple[str, int]]:
    prompt = body.get("prompt")
    if prompt is None or prompt == []:
        raise _invalid(pod, "missing", ("prompt",), "Field required")
    several = prompt if isinstance(prompt, list) and not isinstance(prompt[0], int) else [prompt]
    found = []
    for one in several:
        if isinstance(one, str):
            found.append((one, max(1, len(one.split()))))
        elif isinstance(one, list) and one and all(isinstance(token, int) for token in one):
            found.append((str(one), len(one)))
        else:
            raise _invalid(pod, "string_type", ("prompt",), "Input should be a valid string")
    return found


def _fits(pod: Pod, tokens: int, limit: int | None) -> None:
    """vLLM refuses what cannot fit; Ollama cuts the prompt instead."""
    if pod.engine != "ollama" and tokens + (limit or 1) > pod.context:
        message = f"This model's maximum context length is {pod.context} tokens. However, you requested {limit or 0} output tokens and your "
        message += f"prompt contains {tokens} input tokens. "
        raise RefusedError(400, message + "Please reduce the length of the input prompt or the number of requested output tokens.", "input_tokens")


def error(pod: Pod, refused: RefusedError) -> dict[str, Any]:
    if pod.engine == "sglang":
        return {"object": "error", "message": refused.message, "type": refused.kind, "param": refused.param, "code": refused.status}
    code = None if pod.engine == "ollama" else refused.status
    return {"error": {"message": refused.message, "type": refused.kind, "param": refused.param, "code": code}}


def whole(ask: Ask, name: str) -> dict[str, Any]:
    """The answer in one piece."""
    choices: list[dict[str, Any]] = []
    for index, choice in enumerate(ask.choices):
        said: dict[str, Any] = {"message": {"role": "assistant", "content": choice.text}} if ask.chat else {"text": choice.text}
        choices.append({"index": index, **said, "logprobs": None, "finish_reason": choice.finish})
    return {**_frame(ask, name, ""), "choices": choices, "usage": ask.counts()}


def _frame(ask: Ask, name: str, part: str) -> dict[str, Any]:
    kind = f"chat.completion{part}" if ask.chat else "text_completion"
    return {"id": name, "object": kind, "created": int(time.time()), "model": ask.model}


def pieces(ask: Ask, name: str) -> list[tuple[int, bytes]]:
    """The events of a stream in order, each with the number of tokens that it brings."""
    frame = _frame(ask, name, ".chunk")
    found: list[tuple[int, bytes]] = []
    if ask.chat:
        found += [(0, _event(frame, index, {"delta": {"role": "assistant", "content": ""}}, None)) for index in range(len(ask.choices))]
    longest = max(len(choice.tokens) for choice in ask.choices)
    for at in range(longest):
        for index, choice in enumerate(ask.choices):
            if at < len(choice.tokens):
                word = choice.tokens[at]
                finish = choice.finish if at == len(choice.tokens) - 1 else None
                found.append((1, _event(frame, index, {"delta": {"content": word}} if ask.chat else {"text": word}, finish)))
    if ask.usage:
        found.append((0, event({**frame, "choices": [], "usage": ask.counts()})))
    return [*found, (0, b"data: [DONE]\n\n")]


def _event(frame: dict[str, Any], index: int, said: dict[str, Any], finish: str | None) -> bytes:
    return event({**frame, "choices": [{"index": index, **said, "logprobs": None, "finish_reason": finish}]})


def event(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body, separators=(",", ":")).encode() + b"\n\n"


def models(pod: Pod, names: tuple[str, ...]) -> dict[str, Any]:
    """/v1/models; adapters have their base as parent."""
    if pod.engine == "ollama":
        return {"object": "list", "data": [{"id": name, "object": "model", "created": 1767225600, "owned_by": "library"} for name in names]}
    cards = []
    for name in names:
        adapter = name in pod.adapters
        card = {"id": name, "object": "model", "created": 1767225600, "owned_by": pod.engine, "root": name if adapter else pod.root or name}
        cards.append({**card, "parent": pod.models[0] if adapter else None, "max_model_len": None if adapter else pod.context})
    return {"object": "list", "data": cards}
