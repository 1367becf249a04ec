# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests, answers and refusals of the OpenAI API, without a server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from inference_lab.simulator import openai
from inference_lab.simulator.openai import Ask, RefusedError
from inference_lab.simulator.pods import Pod

HELLO = [{"role": "user", "content": "hello there"}]


def pod(engine: str = "vllm", **more: Any) -> Pod:
    return Pod("10.244.0.5", "ai", "m-0", engine, 8000, ("m", "alias"), "org/m", **more)


def ask(body: dict[str, Any], *, chat: bool = True, of: Pod | None = None) -> Ask:
    of = of or pod()
    return openai.read(of, of.models + of.adapters, chat, json.dumps({"model": "m", **body}).encode())


def test_the_same_question_has_the_same_answer_and_counts() -> None:
    first, second = ask({"messages": HELLO}), ask({"messages": HELLO})
    assert first == second
    answer = openai.whole(first, "x")
    text = answer["choices"][0]["message"]["content"]
    assert answer["usage"] == {"prompt_tokens": 2 + 4 + 3, "completion_tokens": len(text.split()), "total_tokens": 9 + len(text.split())}
    assert answer["choices"][0]["finish_reason"] == "stop"


def test_each_pod_and_each_question_has_its_own_answer() -> None:
    other = Pod("10.244.0.6", "ai", "m-1", "vllm", 8000, ("m",))
    texts = {ask({"messages": HELLO}).choices[0].text, ask({"messages": HELLO}, of=other).choices[0].text}
    texts.add(ask({"messages": [{"role": "user", "content": "another"}]}).choices[0].text)
    assert len(texts) == 3


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_a_limit_ends_the_answer(limit: str) -> None:
    choice = ask({"messages": HELLO, limit: 3}).choices[0]
    assert (len(choice.tokens), choice.finish) == (3, "length")
    assert ask({"messages": HELLO, limit: 900}).choices[0].finish == "stop"


def test_parts_of_a_message_count() -> None:
    parts = [{"type": "text", "text": "hello there"}, {"type": "image_url", "image_url": {"url": "data:"}}]
    assert ask({"messages": [{"role": "user", "content": parts}]}).prompt_tokens == ask({"messages": HELLO}).prompt_tokens
    assert ask({"messages": [{"role": "assistant", "content": None}]}).prompt_tokens == 7


@pytest.mark.parametrize(
    ("prompt", "tokens", "choices"),
    [("a b c", 3, 1), (["a b", "c"], 3, 2), ([1, 2, 3], 3, 1), ([[1, 2], [3]], 3, 2), ("", 1, 1)],
)
def test_prompts_of_plain_completions(prompt: Any, tokens: int, choices: int) -> None:
    found = ask({"prompt": prompt}, chat=False)
    assert (found.prompt_tokens, len(found.choices)) == (tokens, choices)
    answer = openai.whole(found, "x")
    assert answer["object"] == "text_completion"
    assert [choice["index"] for choice in answer["choices"]] == list(range(choices))


@pytest.mark.parametrize(("chat", "copies"), [(True, 1), (True, 2), (False, 1), (False, 3)])
def test_the_pieces_of_a_stream_make_the_whole(chat: bool, copies: int) -> None:
    found = ask({"messages": HELLO, "prompt": "hello there", "n": copies, "stream": True, "stream_options": {"include_usage": True}}, chat=chat)
    pieces = openai.pieces(found, "x")
    assert pieces[-1] == (0, b"data: [DONE]\n\n")
    assert sum(tokens for tokens, piece in pieces) == found.completion_tokens
    events = [json.loads(piece.removeprefix(b"data: ")) for tokens, piece in pieces[:-1]]
    assert events[-1]["usage"] == found.counts()
    assert events[-1]["choices"] == []
    assert all("usage" not in event for event in events[:-1])
    texts = [""] * copies
    finished = [None] * copies
    for choice in (event["choices"][0] for event in events[:-1]):
        assert finished[choice["index"]] is None, "nothing follows the end of a choice"
        texts[choice["index"]] += choice["delta"]["content"] if chat else choice["text"]
        finished[choice["index"]] = choice["finish_reason"]
    assert texts == [choice.text for choice in found.choices]
    assert finished == ["stop"] * copies


def test_usage_comes_only_when_asked_for() -> None:
    pieces = openai.pieces(ask({"messages": HELLO, "stream": True}), "x")
    assert not any(b"usage" in piece for tokens, piece in pieces)


TOO_LONG = """This model's maximum context length is 100 tokens. However, you requested 92 output tokens and your prompt contains 9 input tokens. \
Please reduce the length of the input prompt or the number of requested output tokens."""

REFUSALS: dict[str, tuple[str, dict[str, Any], int, str, str | None, str]] = {
    "unknown model": ("vllm", {"model": "x", "messages": HELLO}, 404, "NotFoundError", "model", "The model `x` does not exist."),
    "no messages": ("vllm", {}, 400, "Bad Request", None, "[{'type': 'missing', 'loc': ('body', 'messages'), 'msg': 'Field required'}]"),
    "messages of another type": ("vllm", {"messages": "hi"}, 400, "Bad Request", None,
                                 "[{'type': 'list_type', 'loc': ('body', 'messages'), 'msg': 'Input should be a valid list'}]"),
    "no role": ("vllm", {"messages": [{"content": "x"}]}, 400, "Bad Request", None,
                "[{'type': 'missing', 'loc': ('body', 'messages', '0', 'role'), 'msg': 'Field required'}]"),
    "no tokens": ("vllm", {"messages": HELLO, "max_tokens": 0}, 400, "BadRequestError", "max_tokens", "max_tokens must be at least 1, got 0."),
    "options without a stream": ("vllm", {"messages": HELLO, "stream_options": {"include_usage": True}}, 400, "BadRequestError", "stream_options",
                                 "Stream options can only be defined when `stream=True`."),
    "too long": ("vllm", {"messages": HELLO, "max_tokens": 92}, 400, "BadRequestError", "input_tokens",
                 TOO_LONG),
    "a model that is no name": ("vllm", {"model": ["m"], "messages": HELLO}, 400, "Bad Request", None,
                                "[{'type': 'string_type', 'loc': ('body', 'model'), 'msg': 'Input should be a valid string'}]"),
    "Ollama without the model": ("ollama", {"model": "x", "messages": HELLO}, 404, "not_found_error", None, "model 'x' not found"),
    "Ollama without a name": ("ollama", {"model": "", "messages": HELLO}, 400, "invalid_request_error", None, "model is required"),
    "Ollama without messages": ("ollama", {}, 400, "invalid_request_error", None, "[] is too short - 'messages'"),
    "SGLang without messages": ("sglang", {}, 400, "Bad Request", None, "[{'type': 'missing', 'loc': ('body', 'messages'), 'msg': 'Field required'}]"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_in_the_engines_words(name: str) -> None:
    engine, body, status, kind, param, message = REFUSALS[name]
    of = pod(engine, context=100)
    with pytest.raises(RefusedError) as raised:
        ask(body, of=of)
    assert (raised.value.status, raised.value.kind, raised.value.param, raised.value.message) == (status, kind, param, message)
    told = openai.error(of, raised.value)
    if engine == "vllm":
        assert told == {"error": {"message": message, "type": kind, "param": param, "code": status}}
    elif engine == "ollama":
        assert told == {"error": {"message": message, "type": kind, "param": None, "code": None}}
    else:
        assert told == {"object": "error", "message": message, "type": kind, "param": None, "code": status}


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"7", b"\xff\xfe", b'"text"'])
@pytest.mark.parametrize("engine", ["vllm", "ollama", "sglang"])
def test_bodies_that_are_no_object(raw: bytes, engine: str) -> None:
    with pytest.raises(RefusedError) as raised:
        openai.read(pod(engine), ("m",), True, raw)
    assert raised.value.status == 400


def test_names_of_models() -> None:
    assert ask({"model": "alias", "messages": HELLO}).model == "alias"
    assert ask({"model": None, "messages": HELLO}).served == "m", "vLLM takes no name for its own model"
    found = ask({"model": "whatever", "messages": HELLO}, of=pod("sglang"))
    assert (found.model, found.served) == ("whatever", "m"), "SGLang answers every name"
    adapted = ask({"model": "tuned", "messages": HELLO}, of=pod(adapters=("tuned",)))
    assert adapted.served == "tuned"


def test_the_list_of_models() -> None:
    cards = openai.models(pod(adapters=("tuned",), context=4096), ("m", "alias", "tuned"))["data"]
    assert [(card["id"], card["root"], card["parent"], card["max_model_len"]) for card in cards] == [
        ("m", "org/m", None, 4096),
        ("alias", "org/m", None, 4096),
        ("tuned", "tuned", "m", None),
    ]
