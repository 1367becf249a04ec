# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that is no more than HTTP, for asking ours and a real Kong the same. What it made it takes away again."""

from __future__ import annotations

import http.client
import json
import secrets
import ssl
from typing import Any
from urllib.parse import quote, urlsplit

# The last word of a nested path, and where the same entity is found at the top.
TOPS = {"key-auth": "key-auths", "basic-auth": "basic-auths", "jwt": "jwts"}
MADE = ("consumers", "services", "routes", "plugins", "upstreams", "key-auths", "acls", "basic-auths", "jwts")


class Asking:
    """``ask`` sends, ``name`` and ``tag`` are of this asking alone, so that it disturbs nobody on a Kong that others use."""

    def __init__(self, url: str, token: str = "", tls: ssl.SSLContext | None = None) -> None:
        where = urlsplit(url)
        self.root = where.path.rstrip("/")
        self.tag = f"igtest:{secrets.token_hex(4)}"
        self.headers = {"Kong-Admin-Token": token} if token else {}
        self.made: list[str] = []
        if where.scheme == "https":
            self.link: http.client.HTTPConnection = http.client.HTTPSConnection(where.netloc, timeout=20, context=tls)
        else:
            self.link = http.client.HTTPConnection(where.netloc, timeout=20)

    def name(self, of: str) -> str:
        return f"{self.tag.replace(':', '-')}-{of}"

    def send(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        self.link.request(method, self.root + quote(path, safe="/?=&:,%.-_~@!*'()+"), body, {**self.headers, **(headers or {})})
        answer = self.link.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and body; what a POST or a PUT has made is noted, to be taken away at the end."""
        given = {"Content-Type": "application/json"} if body is not None else {}
        status, _headers, text = self.send(method, path, None if body is None else json.dumps(body), given)
        found = json.loads(text) if text else None
        if method in ("POST", "PUT") and status in (200, 201) and isinstance(found, dict) and "id" in found:
            self._note(path, found["id"])
        return status, found

    def _note(self, path: str, key: str) -> None:
        words = [TOPS.get(word, word) for word in path.strip("/").split("?")[0].split("/")]
        kind = next((word for word in reversed(words[::2]) if word in MADE or word == "targets"), "")
        if kind in MADE and f"/{kind}/{key}" not in self.made:
            self.made.append(f"/{kind}/{key}")

    def must(self, method: str, path: str, body: Any = None) -> Any:
        """What a request brings that has to go well."""
        status, found = self.ask(method, path, body)
        assert status < 300, (method, path, status, found)
        return found

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, int, Any]:
        """HTTP status, Kong's code, and the fields it names."""
        status, found = self.ask(method, path, body)
        assert status >= 400, (method, path, status, found)
        return status, found.get("code", 0), found.get("fields", found.get("options"))

    def pages(self, path: str) -> list[list[Any]]:
        """All pages of a list, by the addresses that the server gives."""
        out: list[list[Any]] = []
        following: str | None = path
        while following:
            found = self.must("GET", following)
            out.append(found["data"])
            following = found["next"]
        return out

    def clean(self) -> None:
        for path in reversed(self.made):
            self.send("DELETE", path)
        self.link.close()
