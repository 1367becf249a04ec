# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of nonsense: a transformer of the llama family with random weights, as a GGUF file of some hundred kilobytes. Pure.

It says words of a short list in no order that means anything. All that is around it, tokens, counts, streams and limits, is as real as with any model.
"""

from __future__ import annotations

import functools
import random
import struct
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

# What it says.
WORDS = """
amber anchor barley bell boat bridge cedar chalk cloud coast copper dune ember fern field gate grain harbour hill island ivy kettle lamp ledge linen
maple meadow mill moss north oak orchard pebble pine quarry rain reed river rope salt sand slate snow stone thread tide tower valley wave willow
"""
SPECIAL = ("<unk>", "<s>", "</s>")
# Kinds of a token in the file: ordinary, unknown, control, and the bytes that everything else is spelled with.
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6
WIDTH, INNER, HEADS, CONTEXT = 32, 64, 2, 4096
# The first number of every token's vector is the same and no layer changes it, so the last layer can say by it what is never written.
CARRIER, WANTED, UNWANTED = 4.0, 4.0, -16.0
SPREAD = 0.4
_ALIGNMENT = 32
_F32 = 0


@dataclass(frozen=True)
class _Tensor:
    """Rows of numbers, or with one row none: a vector."""

    name: str
    rows: int
    numbers: array[float]


@functools.cache
def gguf() -> bytes:
    """The file. The same bytes on every machine, so that a model's digest is the same, too."""
    words = WORDS.split()
    tokens = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), *(f"\u2581{word}" for word in words)]
    kinds = [UNKNOWN, CONTROL, CONTROL, *[BYTE] * 256, *[NORMAL] * len(words)]
    fields = [
        _field("general.architecture", _string, "llama"),
        _field("general.name", _string, "nonsense"),
        _field("general.file_type", _uint, 0),
        _field("llama.context_length", _uint, CONTEXT),
        _field("llama.embedding_length", _uint, WIDTH),
        _field("llama.block_count", _uint, 1),
        _field("llama.feed_forward_length", _uint, INNER),
        _field("llama.attention.head_count", _uint, HEADS),
        _field("llama.attention.head_count_kv", _uint, HEADS),
        _field("llama.attention.layer_norm_rms_epsilon", _float, 1e-5),
        _field("llama.rope.dimension_count", _uint, WIDTH // HEADS),
        _field("llama.vocab_size", _uint, len(tokens)),
        _field("tokenizer.ggml.model", _string, "llama"),
        _field("tokenizer.ggml.tokens", _several(_string), tokens),
        _field("tokenizer.ggml.scores", _several(_float), [0.0] * len(tokens)),
        _field("tokenizer.ggml.token_type", _several(_int), kinds),
        _field("tokenizer.ggml.unknown_token_id", _uint, 0),
        _field("tokenizer.ggml.bos_token_id", _uint, 1),
        _field("tokenizer.ggml.eos_token_id", _uint, 2),
    ]
    tensors = _tensors(kinds)
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(fields)) + b"".join(fields) + _directory(tensors)
    return _padded(head) + b"".join(_padded(_little(tensor)) for tensor in tensors)


def _tensors(kinds: list[int]) -> list[_Tensor]:
    dice = random.Random(20)  # noqa: S311 - nothing is kept secret by it

    def matrix(name: str, rows: int, columns: int, first: Callable[[int], float] | None = None, still: bool = False) -> _Tensor:
        """FIRST gives the first number of a row; STILL: the first row is nought, so this layer leaves the first number of a vector alone."""
        numbers = array("f", (dice.gauss(0, SPREAD) for _number in range(rows * columns)))
        if first:
            numbers[::columns] = array("f", map(first, range(rows)))
        if still:
            numbers[:columns] = array("f", [0.0] * columns)
        return _Tensor(name, rows, numbers)

    def ones(name: str) -> _Tensor:
        return _Tensor(name, 1, array("f", [1.0] * WIDTH))

    return [
        matrix("token_embd.weight", len(kinds), WIDTH, lambda _row: CARRIER),
        ones("blk.0.attn_norm.weight"),
        *(matrix(f"blk.0.attn_{part}.weight", WIDTH, WIDTH) for part in "qkv"),
        matrix("blk.0.attn_output.weight", WIDTH, WIDTH, still=True),
        ones("blk.0.ffn_norm.weight"),
        matrix("blk.0.ffn_gate.weight", INNER, WIDTH),
        matrix("blk.0.ffn_up.weight", INNER, WIDTH),
        matrix("blk.0.ffn_down.weight", WIDTH, INNER, still=True),
        ones("output_norm.weight"),
        matrix("output.weight", len(kinds), WIDTH, lambda row: WANTED if kinds[row] == NORMAL else UNWANTED),
    ]


def _directory(tensors: list[_Tensor]) -> bytes:
    """Name, shape (the row's length first), type and place of each."""
    text, place = b"", 0
    for tensor in tensors:
        shape = [len(tensor.numbers) // tensor.rows, *([tensor.rows] if tensor.rows > 1 else [])]
        text += _string(tensor.name)[1] + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, _F32, place)
        place += len(_padded(_little(tensor)))
    return text


def _little(tensor: _Tensor) -> bytes:
    return struct.pack(f"<{len(tensor.numbers)}f", *tensor.numbers)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNMENT)


# A value is written as its type and its bytes; a field has its name before it.
Written = tuple[int, bytes]


def _field(name: str, write: Callable[[T], Written], value: T) -> bytes:
    kind, data = write(value)
    return _string(name)[1] + struct.pack("<I", kind) + data


def _uint(value: int) -> Written:
    return 4, struct.pack("<I", value)


def _int(value: int) -> Written:
    return 5, struct.pack("<i", value)


def _float(value: float) -> Written:
    return 6, struct.pack("<f", value)


def _string(value: str) -> Written:
    data = value.encode()
    return 8, struct.pack("<Q", len(data)) + data


def _several(write: Callable[[T], Written]) -> Callable[[Sequence[T]], Written]:
    def written(values: Sequence[T]) -> Written:
        every = [write(value) for value in values]
        return 9, struct.pack("<IQ", every[0][0], len(every)) + b"".join(data for _kind, data in every)

    return written
