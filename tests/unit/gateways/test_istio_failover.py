# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failover with Istio: what is written, what is refused, and that it is read back. That Envoy does it is for tests/e2e."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.inference.gateway.plugins.module_utils.models.reading import routes
from unit.models.support import BACKEND, built, issues, route, rule
from unit.models.test_reading import found

FIRST, SECOND, THIRD = ({"service": f"vllm-{name}", "port": 8000} for name in "abc")
FALLBACK = {**SECOND, "priority": 1}
CLUSTERS = [f"outbound|8000||vllm-{name}.default.svc.cluster.local" for name in "abc"]


def failover(*backends: dict[str, Any], parents: Any = ("gw",), **more: Any) -> dict[str, Any]:
    return route(rule(), {"path": "/v1", "backends": list(backends or (FIRST, FALLBACK)), **more}, parents=list(parents))


def refused(*backends: dict[str, Any], **more: Any) -> list[str]:
    return issues("inference_routes", [failover(*backends, **more)], renderer="istio")


def patches(entry: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """The cluster that is added, the changes of Istio's own clusters, and what is changed of the rule."""
    envoy_filter, _route = built("inference_routes", [entry], renderer="istio")
    added, *changed, action = envoy_filter["spec"]["configPatches"]
    assert [added["patch"]["operation"], action["applyTo"]] == ["ADD", "HTTP_ROUTE"]
    return added["patch"]["value"], changed, action


def test_the_rule_goes_to_all_its_backends_in_their_order() -> None:
    """By priority, not by place; the number itself does not matter."""
    cluster, changed, action = patches(failover({**THIRD, "priority": 50}, {**SECOND, "priority": 2}, FIRST))
    assert cluster["cluster_type"]["typed_config"]["clusters"] == CLUSTERS
    assert action["match"]["routeConfiguration"]["vhost"]["route"]["name"] == "default.chat.1"
    assert action["patch"]["value"]["route"]["cluster"] == cluster["name"]
    assert [item["match"]["cluster"]["name"] for item in changed] == CLUSTERS
    assert all(item["patch"]["value"]["outlier_detection"]["max_ejection_percent"] == 100 for item in changed)


def test_a_service_in_another_namespace_is_named_with_it() -> None:
    entry = failover({**FIRST, "namespace": "models"}, FALLBACK, parents=[{"name": "edge", "namespace": "infra"}])
    envoy_filter = next(obj for obj in built("inference_routes", [entry], renderer="istio") if obj["kind"] == "EnvoyFilter")
    assert (envoy_filter["metadata"]["namespace"], envoy_filter["metadata"]["name"]) == ("infra", "default.chat-failover")
    assert envoy_filter["spec"]["configPatches"][1]["match"]["cluster"]["name"] == "outbound|8000||vllm-a.models.svc.cluster.local"


def test_without_the_filter_only_the_first_serves() -> None:
    """So what is served is never more than what is declared, whatever the gateway makes of the filter."""
    *_others, http_route = built("inference_routes", [failover({**SECOND, "priority": 1}, {**FIRST, "priority": 0})], renderer="istio")
    assert [ref.get("weight") for ref in http_route["spec"]["rules"][1]["backendRefs"]] == [0, None]
    assert "weight" not in http_route["spec"]["rules"][0]["backendRefs"][0]


def test_retries_are_ours_where_none_are_declared_and_the_users_where_they_are() -> None:
    assert patches(failover())[2]["patch"]["value"]["route"]["retry_policy"]["num_retries"] == 2
    many = [{**SECOND, "service": f"s{number}", "priority": number} for number in range(5)]
    policy = patches(failover(*many))[2]["patch"]["value"]["route"]["retry_policy"]
    assert policy["num_retries"] == 4, "every fallback may be needed by one request"
    assert {"connect-failure", "gateway-error", "reset"} <= set(policy["retry_on"].split(","))
    own = patches(failover(retries={"attempts": 3, "on": [503]}))[2]["patch"]["value"]["route"]["retry_policy"]
    assert list(own) == ["retry_priority"]


def test_the_time_of_one_backend_is_not_taken_for_the_whole() -> None:
    """As Istio does where no retries are declared."""
    action = patches(failover(timeouts={"request": "1m", "backend": "1500ms"}))[2]["patch"]["value"]["route"]
    assert (action["timeout"], action["retry_policy"]["per_try_timeout"]) == ("60.000s", "1.500s")
    action = patches(failover(timeouts={"backend": "2s"}))[2]["patch"]["value"]["route"]
    assert action["timeout"] == "0.000s", "which is no limit"
    assert "timeout" not in patches(failover(timeouts={"request": "1m"}))[2]["patch"]["value"]["route"]


def test_beside_reset_each_filter_says_its_own_part() -> None:
    entry = failover(retries={"attempts": 3, "on": [503, "reset"]})
    names = [obj["metadata"]["name"] for obj in built("inference_routes", [entry], renderer="istio")]
    assert names == ["chat-retries", "chat-failover", "chat"]


@pytest.mark.parametrize(
    ("backends", "more", "what"),
    [
        ([{**FIRST, "priority": 1}], {}, "backends: have one priority: there is nothing to fail over to."),
        ([{**FIRST, "priority": 1}, FALLBACK], {}, "backends[1].priority: is 1, as that of backends[0]"),
        ([FIRST, THIRD, FALLBACK], {}, "backends[1].priority: is 0, as that of backends[0]"),
        ([FIRST, {**FIRST, "priority": 1}], {}, "backends[1]: stands there already: it fails together with itself."),
        ([{**FIRST, "weight": 80}, FALLBACK], {}, "backends[0].weight: stands beside a priority"),
        ([{"pool": "llama"}, FALLBACK], {}, "backends[0].pool: is a pool: its endpoint picker chooses"),
        ([FIRST, {"resource": {"group": "networking.istio.io", "kind": "Hostname", "name": "h"}, "port": 1, "priority": 1}], {}, "resource: is no Service"),
        ([FIRST, {**FALLBACK, "request_headers": {"set": {"a": "b"}}}], {}, "backends[1].request_headers: is for one backend"),
        (
            [FIRST, FALLBACK, {**THIRD, "priority": 2}],
            {"retries": {"attempts": 1}},
            "retries.attempts: is 1, and a request may have to try 2 further backends.",
        ),
        ([FIRST, FALLBACK], {"parents": []}, "parents: are missing: failover is set at the Gateways of the route."),
        ([FIRST, FALLBACK], {"parents": [{"name": "s", "kind": "Service"}]}, "parents[0]: is no Gateway, and failover is for Gateways."),
    ],
)
def test_what_istio_cannot_fail_over_is_refused_with_the_reason(backends: list[dict[str, Any]], more: dict[str, Any], what: str) -> None:
    (issue,) = refused(*backends, **more)
    assert what in issue


def test_it_is_read_back_as_it_was_declared() -> None:
    entry = failover({**FALLBACK, "priority": 7}, FIRST) | {"annotations": {"team": "ml"}}
    http_route = built("inference_routes", [entry], renderer="istio")[-1]
    again = found("inference_routes", [http_route])
    assert again.unexpressed == []
    (read,) = again.entries
    assert read["annotations"] == {"team": "ml"}
    assert read["rules"][1]["backends"] == [{**FALLBACK, "priority": 7}, FIRST]
    assert read["rules"][0]["backends"] == [BACKEND]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"9": [0, 1]}', '{"1": [0]}', '{"1": 3}', '{"x": [0, 1]}'])
def test_an_annotation_that_does_not_fit_is_passed_over(text: str) -> None:
    http_route = built("inference_routes", [failover()], renderer="istio")[-1]
    http_route["metadata"]["annotations"] = {"inference.gateway/priorities": text}
    backends = routes.read_route(http_route)["rules"][1]["backends"]
    assert [backend.get("weight") for backend in backends] == [None, 0] and not any("priority" in backend for backend in backends)
