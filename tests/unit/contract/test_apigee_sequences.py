# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any requests in any order: Apigee's contract server never stumbles, answers as the document has it, and keeps its house in order."""

from __future__ import annotations

import json
from typing import Any

from contract.apigee import ApigeeServer
from contract.apigee.document import document
from contract.kong.wire import Call, Reply
from hypothesis import given, settings
from hypothesis import strategies as st

OCTETS = "application/octet-stream"
PRODUCTS = st.sampled_from(["auto", "manual", "none"])
DEVELOPERS = st.sampled_from(["a@x.org", "b@x.org"])
APPS = st.sampled_from(["one", "two"])
KEYS = st.sampled_from(["k1", "k2"])
ATTRIBUTES = st.lists(st.fixed_dictionaries({"name": st.sampled_from("abc")}, optional={"value": st.text(max_size=3)}), max_size=3)
SCOPES = st.lists(st.sampled_from(["read", "write"]), max_size=2)
QUERY = st.sampled_from(["", "?expand=true", "?count=1", "?startKey=b&count=5", "?expand=true&includeCred=true", "?pageSize=1", "?keyStatus=revoked"])


def body(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=optional)


PRODUCT = body(name=PRODUCTS, approvalType=st.sampled_from(["auto", "manual"]), scopes=SCOPES, attributes=ATTRIBUTES)
DEVELOPER = st.fixed_dictionaries(
    {"email": DEVELOPERS, "firstName": st.just("A"), "lastName": st.just("B"), "userName": st.just("u")}, optional={"attributes": ATTRIBUTES}
)
APP = body(name=APPS, apiProducts=st.lists(PRODUCTS, max_size=2), scopes=SCOPES, attributes=ATTRIBUTES, keyExpiresIn=st.integers(-1, 9))
KEY = body(consumerKey=KEYS, apiProducts=st.lists(PRODUCTS, max_size=2), scopes=SCOPES, attributes=ATTRIBUTES, expiresInSeconds=st.integers(-1, 9))
ACTIONS = st.sampled_from(["?action=approve", "?action=revoke", "?action=active", "?action=inactive"])
BODIES = {"apiproducts": PRODUCT, "developers": DEVELOPER, "apps": APP, "keys": KEY}
Asked = tuple[str, str, dict[str, Any] | None]


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """A path as deep as it comes, with a verb, a query or a body that may or may not suit it."""
    parts = draw(
        st.one_of(
            st.tuples(st.just("apiproducts"), PRODUCTS),
            st.tuples(st.just("developers"), DEVELOPERS),
            st.tuples(st.just("developers"), DEVELOPERS, st.just("apps"), APPS),
            st.tuples(st.just("developers"), DEVELOPERS, st.just("apps"), APPS, st.just("keys"), KEYS),
            st.tuples(st.just("developers"), DEVELOPERS, st.just("apps"), APPS, st.just("keys"), KEYS, st.just("apiproducts"), PRODUCTS),
        )
    )
    verb = draw(st.sampled_from(["GET", "POST", "PUT", "DELETE", "ACT"]))
    kind = parts[-2]
    where = "/".join(parts if draw(st.booleans()) else parts[:-1])
    if verb in ("GET", "DELETE"):
        return verb, where + (draw(QUERY) if verb == "GET" else ""), None
    if verb == "ACT":
        return "POST", "/".join(parts) + draw(ACTIONS), None
    return verb, where, draw(BODIES[kind])


def answer(server: ApigeeServer, verb: str, where: str, given: Any) -> Reply:
    kind = OCTETS if given is None else "application/json"
    headers = {"authorization": "Bearer test-token", **({} if verb in ("GET", "DELETE") else {"content-type": kind})}
    return server._handle(Call(verb, f"/v1/organizations/acme/{where}", headers, b"" if given is None else json.dumps(given).encode()))


def start(server: ApigeeServer) -> None:
    for name in ("auto", "manual"):
        answer(server, "POST", "apiproducts", {"name": name, "approvalType": name, "scopes": ["read"]})
    answer(server, "POST", "developers", {"email": "a@x.org", "firstName": "A", "lastName": "B", "userName": "u"})
    answer(server, "POST", "developers/a@x.org/apps", {"name": "one", "apiProducts": ["manual"]})
    answer(server, "POST", "developers/a@x.org/apps/one/keys", {"consumerKey": "k1"})


def in_order(server: ApigeeServer) -> None:
    state = server.state
    assert all(email in state.developers and app["name"] == name for (email, name), app in state.apps.items())
    keys = [key for app in state.apps.values() for key in app["credentials"]]
    assert len({key["consumerKey"] for key in keys}) == len(keys)
    for key in keys:
        names = [each["apiproduct"] for each in key["apiProducts"]]
        assert set(names) <= state.products.keys()
        assert len(names) == len(set(names))


@settings(max_examples=100, deadline=None)
@given(requests=st.lists(asked(), min_size=1, max_size=12))
def test_any_requests_in_any_order(requests: list[Asked]) -> None:
    server = ApigeeServer()
    start(server)
    for verb, where, given_body in requests:
        before = repr((server.state.products, server.state.developers, server.state.apps))
        reply = answer(server, verb, where, given_body)
        assert reply.status in (200, 204, 400, 404, 409), (verb, where, given_body, reply.body, server.crashes)
        match = document().match(verb, f"v1/organizations/acme/{where.partition('?')[0]}")
        if reply.status == 200:
            assert match is not None
            assert document().wrong_answer(match.method, json.loads(reply.body)) == []
        if reply.status >= 400 or verb == "GET":
            assert repr((server.state.products, server.state.developers, server.state.apps)) == before
        in_order(server)
    assert not server.crashes
