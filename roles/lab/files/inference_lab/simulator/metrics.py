# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/metrics in the words of each engine."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .load import BLOCK, BLOCKS, Load
from .pods import Pod


@dataclass(frozen=True)
class Figures:
    """What is reported: the real load, or what an annotation pins."""

    running: int
    waiting: int
    usage: float

    @classmethod
    def of(cls, pod: Pod, load: Load) -> Figures:
        waiting = len(load.waiting) if pod.faults.queue is None else pod.faults.queue
        return cls(load.running, waiting, load.usage() if pod.faults.kv_cache is None else pod.faults.kv_cache)


def text(pod: Pod, load: Load) -> str:
    figures = Figures.of(pod, load)
    return _sglang(pod, load, figures) if pod.engine == "sglang" else _vllm(pod, load, figures)


def _labels(**labels: object) -> str:
    escaped = {name: str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for name, value in labels.items()}
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"


def _family(name: str, kind: str, about: str, labels: str, value: float) -> str:
    sample = f"{name}_total" if kind == "counter" else name
    return f"# HELP {sample} {about}\n# TYPE {sample} {kind}\n{sample}{labels} {float(value)!r}\n"


def _vllm(pod: Pod, load: Load, figures: Figures) -> str:
    own = _labels(engine="0", model_name=pod.models[0])
    running, waiting = ",".join(load.running_adapters()), ",".join(load.waiting_adapters())
    adapters = _labels(max_lora=pod.max_adapters, running_lora_adapters=running, waiting_lora_adapters=waiting)
    cache = _labels(block_size=BLOCK, cache_dtype="auto", enable_prefix_caching="True", engine="0", gpu_memory_utilization="0.9", num_gpu_blocks=BLOCKS)
    families = [
        _family("vllm:num_requests_running", "gauge", "Number of requests in model execution batches.", own, figures.running),
        _family("vllm:num_requests_waiting", "gauge", "Number of requests waiting to be processed.", own, figures.waiting),
        _family("vllm:kv_cache_usage_perc", "gauge", "KV-cache usage. 1 means 100 percent usage.", own, figures.usage),
        _family("vllm:prompt_tokens", "counter", "Number of prefill tokens processed.", own, load.prompt_tokens),
        _family("vllm:generation_tokens", "counter", "Number of generation tokens processed.", own, load.generated_tokens),
        _family("vllm:request_success", "counter", "Count of successfully processed requests.", own, load.answered),
        _family("vllm:cache_config_info", "gauge", "Information of the LLMEngine CacheConfig", cache, 1),
        # Also without adapters: an endpoint picker that looks for it would else report an error at each scrape.
        _family("vllm:lora_requests_info", "gauge", "Running stats on lora requests.", adapters, time.time()),
    ]
    return "".join(families)


def _sglang(pod: Pod, load: Load, figures: Figures) -> str:
    own = _labels(engine_type="unified", model_name=pod.models[0], pp_rank="0", tp_rank="0")
    cache = _labels(page_size=BLOCK, num_pages=BLOCKS)
    families = [
        _family("sglang:num_running_reqs", "gauge", "The number of running requests.", own, figures.running),
        _family("sglang:num_queue_reqs", "gauge", "The number of requests in the waiting queue.", own, figures.waiting),
        _family("sglang:token_usage", "gauge", "The token usage.", own, figures.usage),
        _family("sglang:num_used_tokens", "gauge", "The number of used tokens.", own, load.tokens),
        _family("sglang:prompt_tokens", "counter", "Number of prefill tokens processed.", own, load.prompt_tokens),
        _family("sglang:generation_tokens", "counter", "Number of generation tokens processed.", own, load.generated_tokens),
        _family("sglang:cache_config_info", "gauge", "Information of the cache configuration", cache, 1),
    ]
    return "".join(families)
