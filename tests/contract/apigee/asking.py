# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that is no more than HTTP, for asking ours and a real organization the same. What it made it takes away again."""

from __future__ import annotations

import http.client
import json
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from .document import document

OCTETS = "application/octet-stream"
Body = dict[str, Any]


def path(*segments: str) -> str:
    """Each segment quoted by itself: whatever a name holds, it stays a name."""
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)


class Asking:
    """Names of this asking alone, so that it disturbs nobody in an organization that others use."""

    def __init__(self, url: str, org: str, token: str, exact: bool) -> None:
        where = urlsplit(url)
        self.org = org
        self.prefix = f"igtest-{secrets.token_hex(4)}"
        self.headers = {"Authorization": f"Bearer {token}"}
        # Ours must answer exactly what the document has; a real one may be ahead of it.
        self.exact = exact
        self.made: list[str] = []
        kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        self.link = kind(where.netloc, timeout=60)

    def name(self, of: str = "x") -> str:
        return f"{self.prefix}-{of}"

    def email(self, of: str = "x") -> str:
        return f"{self.prefix}-{of}@example.com"

    def send(self, verb: str, where: str, body: bytes | None = None, headers: Body | None = None) -> tuple[int, dict[str, str], bytes]:
        """As it stands, the path below the organization."""
        self.link.request(verb, f"/v1/organizations/{self.org}{where}", body, {**self.headers, **(headers or {})})
        answer = self.link.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def ask(self, verb: str, where: str, body: Any = None) -> tuple[int, Any]:
        kind = {"Content-Type": "application/json"} if body is not None else {}
        status, headers, text = self.send(verb, where, None if body is None else json.dumps(body).encode(), kind)
        found = json.loads(text) if "json" in headers.get("content-type", "") else None
        if status < 300 and self.exact:
            match = document().match(verb, f"v1/organizations/{self.org}{where.partition('?')[0]}")
            assert match is not None
            assert not document().wrong_answer(match.method, found), (verb, where, found)
        return status, found

    def must(self, verb: str, where: str, body: Any = None) -> Any:
        status, found = self.ask(verb, where, body)
        assert status == 200, (verb, where, status, found)
        return found

    def refused(self, verb: str, where: str, body: Any = None) -> tuple[int, str, str]:
        """HTTP status, Google's word for it, and the message."""
        status, found = self.ask(verb, where, body)
        assert status >= 400, (verb, where, status, found)
        error = found["error"]
        assert error["code"] == status
        return status, error["status"], error["message"]

    def act(self, where: str, action: str) -> None:
        """Approve, revoke, active, inactive: no body either way."""
        status, _headers, text = self.send("POST", f"{where}?action={action}", b"", {"Content-Type": OCTETS})
        assert (status, text) == (204, b""), (where, action, status, text)

    def product(self, of: str = "p", **fields: Any) -> str:
        """The path of a new product."""
        name = self.name(of)
        self.must("POST", "/apiproducts", {"name": name, "displayName": name, "approvalType": "auto", **fields})
        self.made.append(path("apiproducts", name))
        return self.made[-1]

    def developer(self, of: str = "d", **fields: Any) -> str:
        email = self.email(of)
        self.must("POST", "/developers", {"email": email, "firstName": "A", "lastName": "B", "userName": email, **fields})
        self.made.append(path("developers", email))
        return self.made[-1]

    def app(self, developer: str, of: str = "a", products: tuple[str, ...] = (), **fields: Any) -> str:
        """The path of a new app, whose first key is there."""
        body = {"name": self.name(of), "apiProducts": [named(each) for each in products], **fields}
        self.must("POST", f"{developer}/apps", body)
        where = f"{developer}/apps{path(self.name(of))}"
        self.soon(lambda: self.keys(where))
        return where

    def keys(self, app: str) -> list[Body]:
        return list(self.must("GET", app).get("credentials", []))

    def key(self, app: str, of: str = "k", **fields: Any) -> str:
        """The path of a new key with a value of its own."""
        name = f"{self.name(of)}-{secrets.token_hex(6)}"
        self.must("POST", f"{app}/keys", {"consumerKey": name, "consumerSecret": secrets.token_hex(12), **fields})
        return f"{app}/keys{path(name)}"

    def soon(self, found: Callable[[], Any], seconds: float = 60.0) -> Any:
        """What an organization shows after a while."""
        until = time.monotonic() + seconds
        while True:
            value = found()
            if value:
                return value
            assert time.monotonic() < until, "it did not come"
            time.sleep(0.02 if self.exact else 2)

    def clean(self) -> None:
        """Developers go first, with their apps; a product may be in use until those are gone."""
        left = sorted(set(self.made), key=lambda each: each.startswith("/apiproducts"))
        for where in left:
            until = time.monotonic() + (0 if self.exact else 300)
            while self.send("DELETE", where)[0] not in (200, 404) and time.monotonic() < until:
                time.sleep(5)
        self.link.close()


def named(where: str) -> str:
    """The last name of a path without anything to decode, as our prefix makes them."""
    return where.rpartition("/")[2]
