# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Apigee's contract server adds for tests: tokens, quota, faults, a log, and an organization that is slow or behaves as some say and some do not."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from contract.apigee import ApigeeServer
from contract.apigee.asking import Asking, named, path

TOKEN = "test-token"
TESTS = Path(__file__).resolve().parents[1]


@contextmanager
def organization(**given: Any) -> Iterator[tuple[ApigeeServer, Asking]]:
    with ApigeeServer(**given) as server:
        client = Asking(server.url, "acme", TOKEN, exact=True)
        yield server, client
        client.link.close()
        assert not server.crashes


def waited(what: Callable[[], bool]) -> float:
    start = time.monotonic()
    while not what():
        assert time.monotonic() < start + 10
        time.sleep(0.01)
    return time.monotonic() - start


# Who may


def test_a_token_that_is_unknown_or_missing() -> None:
    with organization() as (_server, client):
        for headers in ({}, {"Authorization": "Bearer other"}):
            client.headers = headers
            assert client.refused("GET", "/apiproducts")[:2] == (401, "UNAUTHENTICATED")


def test_another_organization_and_a_token_that_may_only_read() -> None:
    with organization(read_only="reader") as (server, client):
        client.headers = {"Authorization": "Bearer reader"}
        assert client.must("GET", "/apiproducts") == {}
        assert client.refused("POST", "/apiproducts", {"name": "p"})[:2] == (403, "PERMISSION_DENIED")
        client.org = "other"
        assert client.refused("GET", "/apiproducts")[:2] == (403, "PERMISSION_DENIED")
        assert server.state.products == {}


def test_more_calls_than_the_quota_allows_are_told_when_to_come_back() -> None:
    with organization(calls=3, period=0.3) as (server, client):
        statuses = [client.ask("GET", "/apiproducts")[0] for _each in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        status, headers, text = client.send("GET", "/apiproducts")
        assert (status, int(headers["retry-after"])) == (429, 1)
        assert json.loads(text)["error"]["status"] == "RESOURCE_EXHAUSTED"
        assert waited(lambda: client.ask("GET", "/apiproducts")[0] == 200) < 1
        assert server.statuses[:5] == statuses


# Where the documents leave it open


def test_trap_06_the_keys_of_a_new_app_come_late() -> None:
    with organization(propagation=0.2) as (_server, client):
        developer = client.developer()
        made = client.must("POST", f"{developer}/apps", {"name": "a"})
        assert "credentials" not in made
        app = f"{developer}/apps/a"
        assert client.keys(app) == []
        assert client.must("GET", "/apps?expand=true&includeCred=true")["app"][0].get("credentials", []) == []
        waited(lambda: len(client.keys(app)) == 1)


def test_trap_13_a_product_that_a_key_has_stays_or_goes() -> None:
    for refuses in (True, False):
        with organization(refuses_referenced=refuses) as (_server, client):
            product = client.product()
            app = client.app(client.developer(), products=(product,))
            assert client.ask("DELETE", product)[0] == (400 if refuses else 200)
            key = f"{app}/keys{path(client.keys(app)[0]['consumerKey'])}"
            if refuses:
                client.must("DELETE", f"{key}/apiproducts/{named(product)}")
                client.must("DELETE", product)
            assert "apiProducts" not in client.must("GET", key)


def test_trap_14_what_is_deleted_is_in_the_way_for_a_while() -> None:
    with organization(cascade=0.3) as (_server, client):
        developer = client.developer()
        app = client.app(developer)
        key = named(client.key(app))
        client.must("DELETE", developer)
        body = {"email": client.email("d"), "firstName": "A", "lastName": "B", "userName": "u"}
        assert client.refused("POST", "/developers", body)[0] == 409
        other = client.app(client.developer("other"))
        assert client.refused("POST", f"{other}/keys", {"consumerKey": key, "consumerSecret": "s"})[0] == 409
        assert len(client.must("GET", "/apps")["app"]) == 2
        waited(lambda: client.ask("POST", "/developers", body)[0] == 200)
        client.app(developer)
        client.must("POST", f"{other}/keys", {"consumerKey": key, "consumerSecret": "s"})
        assert len(client.must("GET", "/apps")["app"]) == 2


def test_trap_14_an_app_that_is_deleted_is_in_the_way_too() -> None:
    with organization(cascade=0.2) as (_server, client):
        developer = client.developer()
        app = client.app(developer)
        client.must("DELETE", app)
        assert client.refused("GET", app)[0] == 404
        body = {"name": named(app)}
        assert client.refused("POST", f"{developer}/apps", body)[0] == 409
        waited(lambda: client.ask("POST", f"{developer}/apps", body)[0] == 200)


def test_trap_09_a_server_that_decodes_twice() -> None:
    """As some clients found it: the email is found as %252B, and by the id in any case."""
    with organization(decodes=2) as (_server, client):
        email = "a+b@example.com"
        made = client.must("POST", "/developers", {"email": email, "firstName": "A", "lastName": "B", "userName": "u"})
        assert client.send("GET", "/developers/a%2Bb@example.com")[0] == 404
        assert client.send("GET", "/developers/a%252Bb@example.com")[0] == 200
        assert client.send("GET", f"/developers/{made['developerId']}")[0] == 200


def test_trap_12_the_unit_that_is_filled_in_may_not_be_shown() -> None:
    config = {"apiSource": "a", "operations": [{"resource": "/"}], "quota": {"limit": "1", "interval": "1"}}
    for shows in (True, False):
        with organization(shows_hour=shows) as (_server, client):
            found = client.must("GET", client.product(operationGroup={"operationConfigs": [config]}))
            quota = found["operationGroup"]["operationConfigs"][0]["quota"]
            assert quota == {"limit": "1", "interval": "1", **({"timeUnit": "hour"} if shows else {})}


def test_an_app_holds_so_many_credentials() -> None:
    with organization(credentials=3) as (_server, client):
        product = client.product()
        app = client.app(client.developer(), products=(product,))
        client.key(app)
        client.must("PUT", app, {"name": named(app), "apiProducts": [named(product)]})
        assert client.refused("PUT", app, {"name": named(app), "apiProducts": [named(product)]})[0] == 400
        assert client.refused("POST", app, {"name": named(app), "apiProducts": [named(product)]})[0] == 400
        assert client.refused("POST", f"{app}/keys", {"consumerKey": "k"})[0] == 400
        assert len(client.keys(app)) == 3


def test_proxies_and_environments_have_to_exist() -> None:
    with organization(proxies=frozenset({"llm"}), environments=frozenset({"prod"})) as (_server, client):
        client.product(proxies=["llm"], environments=["prod"])
        for fields in ({"proxies": ["other"]}, {"environments": ["test"]}, {"operationGroup": {"operationConfigs": [{"apiSource": "other"}]}}):
            assert client.refused("POST", "/apiproducts", {"name": "x", **fields})[0] == 400
        client.product("remote", operationGroup={"operationConfigType": "remoteservice", "operationConfigs": [{"apiSource": "other"}]})


def test_pages_may_be_small() -> None:
    with organization(page=2, apps_page=1) as (_server, client):
        for each in range(3):
            client.product(str(each))
            client.app(client.developer(str(each)), str(each))
        assert len(client.must("GET", "/apiproducts")["apiProduct"]) == 2
        assert len(client.must("GET", "/developers?count=1000")["developer"]) == 2
        assert len(client.must("GET", "/apps")["app"]) == 2
        client.app(path("developers", client.email("0")), "second")
        assert len(client.must("GET", f"{path('developers', client.email('0'))}/apps")["app"]) == 1


def test_the_list_of_all_apps_may_name_emails_and_hide_keys() -> None:
    for chosen in (True, False):
        with organization(names_emails=chosen, hides_keys=chosen, shows_keyless=chosen) as (_server, client):
            developer = client.developer()
            app = client.app(developer)
            client.act(client.key(app), "revoke")
            keyless = client.app(developer, "keyless")
            client.must("DELETE", f"{keyless}/keys{path(client.keys(keyless)[0]['consumerKey'])}")
            rows = {row["name"]: row for row in client.must("GET", "/apps?expand=true&includeCred=true")["app"]}
            assert len(rows[named(app)]["credentials"]) == (1 if chosen else 2)
            assert rows[named(app)].get("developerEmail") == (client.email("d") if chosen else None)
            assert (named(keyless) in rows) is chosen


def test_developers_may_expand_in_pages_against_the_documents() -> None:
    with organization(expand_with_count=True) as (_server, client):
        client.developer()
        assert client.must("GET", "/developers?expand=true&count=5")["developer"][0]["firstName"] == "A"


# Faults and the log


@pytest.mark.parametrize("how", ["429", "500", "503", "409"])
def test_a_refusal_before_it_acts(how: str) -> None:
    with organization() as (server, client):
        server.fail(2, how)  # type: ignore[arg-type]
        client.product("one")
        status, found = client.ask("POST", "/apiproducts", {"name": "two"})
        assert (status, found["error"]["code"]) == (int(how), int(how))
        assert list(server.state.products) == [client.name("one")]
        client.must("POST", "/apiproducts", {"name": "two"})
        assert server.statuses == [200, int(how), 200]


@pytest.mark.parametrize("how", ["429-after", "500-after", "503-after"])
def test_a_refusal_after_it_has_acted(how: str) -> None:
    with organization() as (server, client):
        server.fail(1, how, only=("POST",), times=2)  # type: ignore[arg-type]
        assert client.ask("GET", "/apiproducts")[0] == 200
        for name in ("one", "two"):
            assert client.ask("POST", "/apiproducts", {"name": name})[0] == int(how[:3])
        assert list(server.state.products) == ["one", "two"]
        assert client.refused("POST", "/apiproducts", {"name": "one"})[0] == 409


@pytest.mark.parametrize(("how", "acts"), [("reset-before", False), ("reset-after", True), ("cut", True), ("hang", False)])
def test_a_connection_that_breaks(how: str, acts: bool) -> None:
    with organization() as (server, client):
        server.fail(1, how)  # type: ignore[arg-type]
        client.link.timeout = 0.3
        with pytest.raises((OSError, http.client.HTTPException)):
            client.ask("POST", "/apiproducts", {"name": "one"})
        assert bool(server.state.products) is acts
        assert server.statuses == [0]


def test_an_action_whose_answer_is_cut_breaks_the_connection() -> None:
    with organization() as (server, client):
        developer = client.developer()
        server.fail(1, "cut")
        with pytest.raises((OSError, http.client.HTTPException)):
            client.act(developer, "inactive")
        assert server.state.developers[client.email("d")]["status"] == "inactive"


def test_the_log_has_what_was_asked_as_it_came() -> None:
    with organization() as (server, client):
        client.must("POST", "/apiproducts", {"name": "a b"})
        client.must("GET", "/apiproducts/a%20b?fields=name")
        client.refused("PUT", "/apiproducts/a%20b", {"name": "c"})
        root = "/v1/organizations/acme/apiproducts"
        assert server.requests[:2] == [("POST", root, {}, {"name": "a b"}), ("GET", f"{root}/a%20b", {"fields": "name"}, None)]
        assert [seen.method for seen in server.writes] == ["POST", "PUT"]
        assert server.headers[0]["authorization"] == f"Bearer {TOKEN}"
        server.forget()
        assert (server.requests, server.writes, server.statuses) == ([], [], [])


def test_trap_15_two_writes_to_one_entity_at_once_are_noted() -> None:
    with organization(delay=0.2) as (server, client):
        developer = client.developer()
        made = client.must("GET", developer)
        body = {"email": made["email"], "firstName": "A", "lastName": "B", "userName": "u"}

        def put(where: str) -> None:
            other = Asking(server.url, "acme", TOKEN, exact=True)
            other.must("PUT", where, body)
            other.link.close()

        put(developer)
        put(developer)
        assert server.overlaps == []
        threads = [threading.Thread(target=put, args=(where,)) for where in (developer, path("developers", made["developerId"]))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.overlaps == [made["email"]]


def test_the_program_says_its_address_counts_what_came_and_ends_when_told() -> None:
    argv = [sys.executable, "-m", "contract.apigee", "--org", "acme", "--calls", "1"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=TESTS, env={**os.environ, "PYTHONPATH": str(TESTS)}) as program:
        try:
            assert program.stdout is not None
            client = Asking(program.stdout.readline().strip(), "acme", TOKEN, exact=True)
            assert [client.ask(verb, "/apiproducts")[0] for verb in ("GET", "POST")] == [200, 429]
            for counted in ({"requests": 2, "writes": 1, "refused": 1}, {"requests": 0, "writes": 0, "refused": 0}):
                program.send_signal(signal.SIGUSR1)
                assert json.loads(program.stdout.readline()) == counted
        finally:
            program.terminate()
        assert program.wait(20) == 0
