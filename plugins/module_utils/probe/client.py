# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request of an order, timed. Whatever goes wrong is a part of the answer, never an exception."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from .answer import Answer
from .connect import ConnectError, Connector
from .order import Order
from .stream import Stream

try:
    import aiohttp
    import jmespath
    from yarl import URL
except ImportError:  # engine/run.py reports the missing library
    pass

KEPT = 2000
"""Characters of a body that an answer keeps for people."""
AGENT = "inference.gateway/0.1.0 probe"


class Client:
    """Sends an order's request again and again over one pool of connections. Use as an asynchronous context."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.url = URL(order.url, encoded=True)
        self.headers = [("User-Agent", AGENT), ("Accept", "*/*"), *order.headers]
        self.body = order.body.encode() or None
        self.who: Callable[[Any], Any] | None = jmespath.compile(order.who).search if order.who else None
        self.kept: set[int] = set()

    async def __aenter__(self) -> Client:
        skipped = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
        # The limits of time are ours, so that an answer's error says which of them it was.
        options: dict[str, Any] = {"timeout": aiohttp.ClientTimeout(total=None), "cookie_jar": aiohttp.DummyCookieJar(), "skip_auto_headers": skipped}
        self.session = aiohttp.ClientSession(connector=Connector(self.order.target, self.order.keep_alive), **options)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.session.close()

    async def send(self) -> Answer:
        began = time.perf_counter()
        got: dict[str, Any] = {}
        try:
            async with asyncio.timeout(self.order.timeout):
                await self._exchange(got, began)
        except TimeoutError:
            got |= {"error": "timeout", "detail": f"no whole answer after {self.order.timeout:g} s"}
        except ConnectError as error:
            got |= {"error": error.kind, "detail": error.detail}
        except aiohttp.ClientError as error:
            got |= self._fault(error, got)
        except OSError as error:
            got |= {"error": "reset", "detail": str(error) or type(error).__name__}
        except (ValueError, LookupError) as error:  # what aiohttp makes of answers that are no HTTP
            got |= {"error": "protocol", "detail": str(error) or type(error).__name__}
        return Answer(seconds=time.perf_counter() - began, **got)

    async def _exchange(self, got: dict[str, Any], began: float) -> None:
        order = self.order
        async with self.session.request(order.method, self.url, headers=self.headers, data=self.body, allow_redirects=False) as response:
            status = got["status"] = response.status
            headers = response.headers
            # The first answer of each status keeps headers and text; those of a million would fill the memory.
            keep = status not in self.kept
            self.kept.add(status)
            lowered = {name.lower(): value for name, value in headers.items()} if keep or self.who else {}
            got["headers"] = lowered if keep else None
            if order.stream and headers.get("content-type", "").startswith("text/event-stream"):
                stream = Stream(began)
                async for chunk in response.content.iter_any():
                    stream.feed(chunk, time.perf_counter())
                got |= stream.result()
                text, body = stream.text, stream.body
            else:
                text = (await response.read()).decode("utf-8", "replace")
                body = _json(text)
                got["tokens"] = _tokens(body)
            got["text"] = text[:KEPT] if keep else ""
            model = body.get("model") if isinstance(body, dict) else None
            said = headers.get("x-inference-model")
            got["model"] = _word(model or said)
            found = self.who({"status": status, "headers": lowered, "body": body}) if self.who else headers.get("x-inference-pod") or said or model
            got["who"] = _word(found)

    def _fault(self, error: Exception, got: dict[str, Any]) -> dict[str, Any]:
        detail = str(error) or type(error).__name__
        if isinstance(error, aiohttp.ClientPayloadError):
            return {"error": "incomplete_stream" if self.order.stream else "incomplete", "detail": detail}
        if isinstance(error, (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
            return {"error": "incomplete" if "status" in got else "reset", "detail": detail}
        return {"error": "protocol", "detail": detail}


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text[:1] in "{[" else None
    except ValueError:
        return None


def _tokens(body: Any) -> int:
    usage = body.get("usage") if isinstance(body, dict) else None
    count = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return count if isinstance(count, int) else 0


def _word(value: Any) -> str:
    """What an expression found, as one word of a table."""
    if value is None or value == "":
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
