# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of Kong's Admin API with a database, asked of our server and, where KONG_ADMIN_URL names one, of a real Kong.

Beside each rule stands the file of Kong's source that it comes from. No lab is started.
"""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import uuid4

import pytest
from contract.kong.asking import Asking
from contract.kong.fixtures import bob, kong, ours, service

__all__ = ["bob", "kong", "ours", "service"]


# kong/api/endpoints.lua, kong/db/dao/init.lua


def test_put_replaces_but_for_the_id(kong: Asking) -> None:
    name = kong.name("al")
    made = kong.must("POST", "/consumers", {"username": name, "custom_id": name, "tags": [kong.tag], "created_at": 1})
    assert made["created_at"] == 1
    put = kong.must("PUT", f"/consumers/{name}", {})
    assert put["id"] == made["id"]
    assert (put["custom_id"], put["tags"]) == (None, None)
    assert put["created_at"] > 1


def test_put_makes_what_is_not_there(kong: Asking) -> None:
    key = str(uuid4())
    assert kong.must("PUT", f"/consumers/{key}", {"username": kong.name("by-id")})["id"] == key
    assert kong.must("PUT", f"/consumers/{kong.name('by-name')}", {"username": "another"})["username"] == kong.name("by-name")


def test_patch_merges_and_null_unsets(kong: Asking, bob: dict[str, Any]) -> None:
    changed = kong.must("PATCH", f"/consumers/{bob['username']}", {"custom_id": kong.name("c")})
    assert (changed["custom_id"], changed["tags"], changed["created_at"]) == (kong.name("c"), [kong.tag], bob["created_at"])
    assert kong.must("PATCH", f"/consumers/{bob['id']}", {"custom_id": None, "tags": []})["custom_id"] is None


def test_patch_of_nobody_is_not_found(kong: Asking) -> None:
    assert kong.refused("PATCH", f"/consumers/{kong.name('nobody')}", {}) == (404, 6, {"username": kong.name("nobody")})
    key = str(uuid4())
    assert kong.refused("PATCH", f"/consumers/{key}", {}) == (404, 6, {"id": key})
    assert kong.ask("GET", f"/consumers/{key}") == (404, {"message": "Not found"})


def test_delete_is_content_with_nothing_at_the_top_but_not_below(kong: Asking, bob: dict[str, Any]) -> None:
    assert kong.ask("DELETE", f"/consumers/{uuid4()}") == (204, None)
    assert kong.ask("DELETE", f"/consumers/{bob['id']}/key-auth/{uuid4()}")[0] == 404
    assert kong.ask("DELETE", f"/consumers/{uuid4()}/key-auth/{uuid4()}")[0] == 404


def test_a_child_is_its_parents_own_but_put_takes_it_over(kong: Asking, bob: dict[str, Any]) -> None:
    other = kong.must("POST", "/consumers", {"username": kong.name("other")})
    key = kong.must("POST", f"/consumers/{bob['id']}/key-auth", {})
    foreign = f"/consumers/{other['id']}/key-auth/{key['id']}"
    assert {kong.ask(method, foreign, {} if method == "PATCH" else None)[0] for method in ("GET", "PATCH", "DELETE")} == {404}
    assert kong.must("PUT", foreign, {"key": key["key"]})["consumer"] == {"id": other["id"]}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/consumers", 405),
        ("DELETE", "/consumers", 405),
        ("POST", "/consumers/0f5e2a7c-9b1d-4c3e-8a60-5d7f1b2c3d4e", 405),
        ("GET", "/no-such-thing", 404),
        ("GET", "/targets", 404),
    ],
)
def test_verbs_and_paths(kong: Asking, method: str, path: str, status: int) -> None:
    assert kong.ask(method, path, {} if method in ("PUT", "POST") else None)[0] == status


def test_what_kong_does_not_read(kong: Asking) -> None:
    """kong/api/api_helpers.lua"""
    assert kong.send("POST", "/consumers", "username=x", {"Content-Type": "text/plain"})[0] == 415
    status, _headers, body = kong.send("POST", "/consumers", "{", {"Content-Type": "application/json"})
    assert (status, body) == (400, b'{"message":"Cannot parse JSON body"}')


# kong/db/errors.lua, kong/db/schema/init.lua, kong/db/schema/typedefs.lua


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/consumers", {}, {"@entity": ["at least one of these fields must be non-empty: 'custom_id', 'username'"]}),
        ("/consumers", {"username": 5, "nick": "b"}, {"username": "expected a string", "nick": "unknown field"}),
        ("/consumers", {"username": "", "custom_id": "x"}, {"username": "length must be at least 1"}),
        ("/services", {}, {"host": "required field missing"}),
        ("/services", {"host": "h", "port": 70000}, {"port": "value should be between 0 and 65535"}),
        ("/routes", {}, {"@entity": ["must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'"]}),
        ("/routes", {"paths": ["x"]}, {"paths": ["should start with: / (fixed path) or ~/ (regex path)"]}),
        ("/routes", {"paths": ["/ok", "/a/../b"]}, {"paths": [None, "non-normalized path, consider use '/b' instead"]}),
        ("/plugins", {"name": "no-such"}, {"name": "plugin 'no-such' not enabled; add it to the 'plugins' configuration property"}),
        ("/plugins", {"name": "key-auth", "config": {"key": 1}}, {"config": {"key": "unknown field"}}),
        (
            "/plugins",
            {"name": "rate-limiting", "config": {"minute": 5, "hour": 1}},
            {"config": "The limit for hour(1.0) cannot be lower than the limit for minute(5.0)"},
        ),
    ],
)
def test_a_violation_names_its_fields(kong: Asking, path: str, body: Any, fields: Any) -> None:
    assert kong.refused("POST", path, body) == (400, 2, fields)


def test_tags_hold_neither_comma_nor_slash(kong: Asking) -> None:
    status, code, fields = kong.refused("POST", "/consumers", {"username": kong.name("t"), "tags": ["fine: ~ü", "a,b", "a/b"]})
    assert (status, code) == (400, 2)
    assert [bool(wrong) for wrong in fields["tags"]] == [False, True, True]


def test_a_key_of_the_wrong_form(kong: Asking) -> None:
    assert kong.refused("GET", "/services/a%20b")[:2] == (400, 10)
    assert kong.refused("GET", "/acls/no-uuid") == (400, 1, {"id": "expected a valid UUID"})


# kong/db/strategies/postgres/init.lua


def test_what_is_unique(kong: Asking, bob: dict[str, Any]) -> None:
    own = f"/consumers/{bob['id']}"
    key = kong.must("POST", f"{own}/key-auth", {})["key"]
    kong.must("POST", f"{own}/acls", {"group": "g"})
    plugin = kong.must("POST", f"{own}/plugins", {"name": "rate-limiting", "config": {"minute": 5}})
    assert kong.refused("POST", "/consumers", {"id": bob["id"], "username": kong.name("new")}) == (400, 3, {"id": bob["id"]})
    assert kong.refused("POST", "/consumers", {"username": bob["username"]}) == (409, 5, {"username": bob["username"]})
    assert kong.refused("POST", f"{own}/key-auth", {"key": key}) == (409, 5, {"key": key})
    assert kong.refused("POST", f"{own}/acls", {"group": "g"}) == (409, 5, {"consumer": {"id": bob["id"]}, "group": "g"})
    same = {"name": plugin["name"], "consumer": {"id": bob["id"]}, "route": None, "service": None}
    assert kong.refused("POST", f"{own}/plugins", {"name": "rate-limiting", "config": {"minute": 9}}) == (409, 5, same)


def test_references(kong: Asking, bob: dict[str, Any]) -> None:
    """By id or by name; one that leads nowhere is another error for each."""
    ghost, limits = {"id": str(uuid4())}, {"name": "rate-limiting", "config": {"minute": 1}}
    assert kong.refused("POST", "/plugins", {**limits, "consumer": ghost}) == (400, 4, {"consumer": ghost})
    assert kong.refused("POST", "/plugins", {**limits, "consumer": {"username": kong.name("ghost")}})[:2] == (400, 13)
    assert kong.must("POST", "/plugins", {**limits, "consumer": {"username": bob["username"]}})["consumer"] == {"id": bob["id"]}


def test_a_service_with_routes_stays(kong: Asking, service: dict[str, Any]) -> None:
    route = kong.must("POST", f"/services/{service['id']}/routes", {"paths": [f"/{kong.name('r')}"]})
    plugin = kong.must("POST", f"/routes/{route['id']}/plugins", {"name": "key-auth"})
    assert kong.refused("DELETE", f"/services/{service['id']}") == (400, 4, {"@referenced_by": "routes"})
    kong.must("DELETE", f"/routes/{route['id']}")
    assert kong.ask("GET", f"/plugins/{plugin['id']}")[0] == 404
    kong.must("DELETE", f"/services/{service['id']}")


def test_a_consumer_takes_all_its_own_along(kong: Asking, bob: dict[str, Any]) -> None:
    own = f"/consumers/{bob['id']}"
    kept = [f"/{top}/{kong.must('POST', f'{own}/{name}', body)['id']}" for name, top, body in OWN]
    kong.must("DELETE", own)
    assert [kong.ask("GET", path)[0] for path in kept] == [404] * len(OWN)


OWN: list[tuple[str, str, dict[str, Any]]] = [
    ("key-auth", "key-auths", {}),
    ("acls", "acls", {"group": "g"}),
    ("basic-auth", "basic-auths", {"username": str(uuid4()), "password": "p"}),
    ("jwt", "jwts", {}),
    ("plugins", "plugins", {"name": "rate-limiting", "config": {"minute": 1}}),
]


# kong/plugins/{key-auth,basic-auth,jwt,acl}/{daos,api}.lua


def test_keys_that_kong_makes(kong: Asking, bob: dict[str, Any]) -> None:
    first = kong.must("POST", f"/consumers/{bob['id']}/key-auth", {"ttl": 1000})
    assert len(first["key"]) == 32
    assert 990 <= first["ttl"] <= 1000
    again = kong.must("PUT", f"/consumers/{bob['id']}/key-auth/{first['id']}", {})
    assert again["key"] != first["key"]
    assert again["ttl"] is None
    jwt = kong.must("POST", f"/consumers/{bob['id']}/jwt", {})
    assert (len(jwt["key"]), len(jwt["secret"]), jwt["algorithm"]) == (32, 32, "HS256")
    assert kong.refused("POST", f"/consumers/{bob['id']}/jwt", {"algorithm": "RS256"})[:2] == (400, 2)


def test_a_password_is_kept_as_a_hash(kong: Asking, bob: dict[str, Any]) -> None:
    made = kong.must("POST", f"/consumers/{bob['id']}/basic-auth", {"username": kong.name("u"), "password": "secret"})
    salted, new = (hashlib.sha1((word + bob["id"]).encode()).hexdigest() for word in ("secret", "new"))  # noqa: S324 - Kong's own
    assert made["password"] == salted
    same = kong.must("PATCH", f"/consumers/{bob['id']}/basic-auth/{made['id']}", {"tags": [kong.tag]})
    assert same["password"] == salted
    assert kong.must("PATCH", f"/consumers/{bob['id']}/basic-auth/{made['id']}", {"password": "new"})["password"] == new
    # The hash needs the consumer, and by this path Kong is not told of one.
    assert kong.refused("PATCH", f"/basic-auths/{made['id']}", {"password": "newer"})[:2] == (400, 2)


def test_an_acl_goes_by_its_group(kong: Asking, bob: dict[str, Any]) -> None:
    path = f"/consumers/{bob['username']}/acls/team"
    assert kong.ask("GET", path)[0] == 404
    made = kong.must("PUT", path, {})
    assert (made["group"], kong.must("GET", path)["id"]) == ("team", made["id"])
    assert [kong.ask("DELETE", path)[0], kong.ask("DELETE", path)[0]] == [204, 404]
