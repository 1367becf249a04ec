# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests, retries and errors, against a scripted pool."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import pytest
import yaml
from ansible_collections.inference.gateway.plugins.module_utils.engine.errors import UnreachableError
from ansible_collections.inference.gateway.plugins.module_utils.stores.transport import (
    ATTEMPTS,
    GRACE,
    REQUEST_TIMEOUT,
    ApiError,
    RejectedError,
    Transport,
    UnusableCredentialError,
)
from urllib3.exceptions import MaxRetryError, ProtocolError, SSLError


class Answer:
    def __init__(self, status: int = 200, body: Any = None, headers: dict[str, str] | None = None, raw: bytes | None = None) -> None:
        self.status, self.headers = status, headers or {}
        self.data = raw if raw is not None else json.dumps(body if body is not None else {}).encode()

    def stream(self, _size: int, decode_content: bool) -> Any:
        assert decode_content
        whole = io.BytesIO(self.data)
        return iter(lambda: whole.read(7), b"")

    def close(self) -> None:
        pass


class Pool:
    """Gives its answers one after the other and remembers what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), []

    def request(self, method: str, url: str, **options: Any) -> Any:
        self.asked.append((method, url, options))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def transport(*answers: Any) -> tuple[Transport, Pool, list[float]]:
    pool, pauses = Pool(*answers), []
    return Transport("https://api.example:6443/", pool, lambda: [("Authorization", "Bearer t"), ("Impersonate-Group", "a")], sleep=pauses.append), pool, pauses


def test_a_request() -> None:
    client, pool, _pauses = transport(Answer(body={"kind": "ConfigMap"}))
    patch = "application/apply-patch+yaml"
    assert client.request("PATCH", "/api/v1/namespaces/a b/x", query={"dryRun": "All"}, body={"a": 1}, content_type=patch) == {"kind": "ConfigMap"}
    method, url, options = pool.asked[0]
    assert (method, url) == ("PATCH", "https://api.example:6443/api/v1/namespaces/a%20b/x?dryRun=All")
    assert options["body"] == b'{"a":1}' and options["headers"]["Content-Type"] == "application/apply-patch+yaml"
    assert options["headers"]["Authorization"] == "Bearer t" and options["headers"]["User-Agent"].startswith("inference.gateway/")


def test_a_body_is_json_and_yaml_at_once() -> None:
    """YAML knows no surrogate pairs, no bare DEL, and takes some characters for line breaks."""
    text = "ü \U0001f600 \\ud83d \x7f \x85 \u2028 \ufeff"
    client, pool, _pauses = transport(Answer())
    client.request("PATCH", "/x", body={"a": text})
    body = pool.asked[0][2]["body"].decode()
    assert json.loads(body) == yaml.safe_load(body) == yaml.load(body, yaml.CSafeLoader) == {"a": text}


@pytest.mark.parametrize(
    "fault",
    [
        Answer(429, {"message": "slow down"}, {"Retry-After": "3"}),
        Answer(503, {"message": "starting"}),
        Answer(500, {"reason": "InternalError", "message": "etcdserver: request timed out"}),
        Answer(504, {"message": "timeout"}),
        ProtocolError("reset"),
        ConnectionResetError("reset"),
        Answer(raw=b'{"kind": "List", "items": [{'),
    ],
    ids=["429", "503", "500 with a reason", "504", "protocol", "reset", "cut off"],
)
def test_faults_that_pass_are_repeated(fault: Any) -> None:
    client, pool, pauses = transport(fault, Answer(body={"ok": True}))
    assert client.request("GET", "/x") == {"ok": True}
    assert len(pool.asked) == 2 and len(pauses) == 1
    if getattr(fault, "status", None) == 429:
        assert 3 <= pauses[0] <= 3.75


def test_a_server_that_counts_by_the_minute_is_given_a_minute() -> None:
    """Where it does not say itself how long to wait."""
    client, _pool, pauses = transport(*[Answer(429, {})] * 4, Answer())
    client.crowded = "15"
    client.request("GET", "/api")
    assert 60 <= sum(pauses) <= 75


def test_a_server_that_asks_for_an_hour_is_not_waited_for_so_long() -> None:
    client, _pool, pauses = transport(Answer(429, {}, {"Retry-After": "3600"}), Answer())
    client.request("GET", "/x")
    assert pauses[0] < 40


@pytest.mark.parametrize(
    "refusal",
    [
        Answer(400, {"message": "bad"}),
        Answer(403, {"message": "no"}),
        Answer(409, {"reason": "Conflict", "message": "conflict"}),
        Answer(422, {"reason": "Invalid"}),
        Answer(500, {"message": "failed to create typed patch object (...): .spec.x: field not declared in schema"}),
        Answer(500, {"reason": "InternalError", "message": 'failed calling webhook "w"'}),
    ],
    ids=["400", "403", "409", "422", "schema", "webhook"],
)
def test_refusals_are_not_repeated(refusal: Answer) -> None:
    client, pool, _pauses = transport(refusal)
    with pytest.raises(ApiError) as error:
        client.request("PATCH", "/x", body={})
    assert error.value.status == refusal.status and len(pool.asked) == 1


def test_the_last_fault_is_told() -> None:
    client, pool, _pauses = transport(*[Answer(503, {"message": "still starting"})] * ATTEMPTS)
    with pytest.raises(ApiError, match="still starting"):
        client.request("GET", "/x")
    assert len(pool.asked) == ATTEMPTS


@pytest.mark.parametrize(
    "fault, asked, words",
    [
        (ConnectionRefusedError("Connection refused"), ATTEMPTS, "Nothing listens there"),
        (MaxRetryError(None, "/", SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")), 1, "not signed by the CA"),  # type: ignore[arg-type]
        (OSError("Name or service not known"), ATTEMPTS, "does not resolve"),
    ],
)
def test_no_answer(fault: Exception, asked: int, words: str) -> None:
    client, pool, _pauses = transport(*[fault] * ATTEMPTS)
    with pytest.raises(UnreachableError, match=words) as error:
        client.request("GET", "/x")
    assert "https://api.example:6443" in str(error.value) and len(pool.asked) == asked


@pytest.mark.parametrize("answer", [Answer(raw=b"<html>log in</html>"), Answer(302, raw=b""), Answer(raw=b"[]"), Answer(raw=b"5")])
def test_what_answers_is_no_api_server(answer: Answer) -> None:
    client, pool, _pauses = transport(answer)
    with pytest.raises(UnreachableError, match="no JSON object"):
        client.request("GET", "/api/v1")
    assert len(pool.asked) == 1


@pytest.mark.parametrize("token", ["hunter2\n", "hunter2\x00", "hunter2\u65e5"])
def test_a_token_that_cannot_be_sent_is_not_shown(token: str) -> None:
    client, pool, pauses = transport(Answer())
    client.credentials = lambda: [("Authorization", f"Bearer {token}")]
    with pytest.raises(UnusableCredentialError, match="header Authorization holds a line break") as error:
        client.request("GET", "/api/v1")
    assert "hunter2" not in str(error.value) and pool.asked == [] and pauses == []


def test_the_lines_of_a_watch() -> None:
    events = [{"type": "ADDED", "object": {"n": 1}}, {"type": "DELETED", "object": {"n": 2}}]
    client, _pool, _pauses = transport(Answer(raw=b"\n".join(json.dumps(event).encode() for event in events) + b"\n" + b'{"type": "cut'))
    assert list(client.lines("/x", {"watch": "true"}, 5)) == events


def test_a_watch_that_is_refused() -> None:
    client, _pool, _pauses = transport(Answer(410, {"message": "too old resource version"}))
    answer = client.pool.answers[0]  # type: ignore[attr-defined]
    answer.read = lambda: answer.data
    with pytest.raises(ApiError, match="too old"):
        list(client.lines("/x", {}, 5))


def test_unauthorized_is_not_repeated_and_says_what_is_doubtful() -> None:
    client, pool, _pauses = transport(Answer(401, {"message": "Unauthorized"}))
    with pytest.raises(RejectedError, match="6443/ does not accept our credentials: the token or certificate is wrong or has expired"):
        client.request("GET", "/x")
    assert len(pool.asked) == 1


def test_near_the_deadline_a_request_has_little_time_and_is_not_repeated() -> None:
    client, pool, pauses = transport(ProtocolError("gone"), Answer())
    client.deadline = time.monotonic() - 1
    with pytest.raises(UnreachableError):
        client.request("GET", "/x")
    assert len(pool.asked) == 1 and pauses == []
    assert pool.asked[0][2]["timeout"] == GRACE < REQUEST_TIMEOUT
