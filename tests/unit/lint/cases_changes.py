# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hits and misses of the rules about paths, times and changes of requests."""

from __future__ import annotations

from unit.lint.cases_routes import CASE, OTHER, one
from unit.models.support import BACKEND, rule

CHAT = "/v1/chat/completions"
POOL = [{"pool": "p"}]
TRY = {"attempts": 1, "on": ["connect-failure"]}

CASES: list[CASE] = [
    ("path-wildcard", one(rule(path="/v1/*")), "rules[0].path: /v1/* holds an asterisk, which means no other character. Write /v1 for all"),
    ("path-wildcard", one(rule(path={"exact": "/v1/*/models"})), "asterisk"),
    ("path-wildcard", one(rule(path={"regex": "/v1/.*"})), ""),
    ("exact-trailing-slash", one(rule(path={"exact": "/v1/"})), "rules[0].path.exact: /v1/ does not take /v1."),
    ("exact-trailing-slash", one(rule(path={"exact": "/"}), rule(path="/v1/")), ""),
    ("exact-trailing-slash", one(rule(matches=[{"path": {"exact": "/v1"}}, {"path": {"exact": "/v1/"}}])), ""),
    ("exact-trailing-slash", one(rule(path={"exact": "/v1/"}), rule(path="/v1")), ""),
    ("exact-trailing-slash", one(rule(path={"exact": "/v1/"}), rule()), "/v1/ does not take /v1."),
    ("regex-never-matches", one(rule(path={"regex": "v1/.*"})), "does not begin with /"),
    ("regex-never-matches", one(rule(path={"regex": "/v1/.* "})), "has a blank at an end"),
    ("regex-never-matches", one(rule(path={"regex": "^/v1"}), rule(path={"regex": ".*/models"}), rule(path={"regex": "(/a|/b)"})), ""),
    ("match-on-host", one(rule(headers={"host": "a.example.com"})), "rules[0].headers: asks for the header Host."),
    ("match-on-host", one(rule(headers={"x-host": "a.example.com"})), ""),
    ("timeout-cuts-stream", one(rule(backends=POOL, timeouts={"request": "30s"})), "rules[0].timeouts.request: 30s is short"),
    ("timeout-cuts-stream", one(rule(path=CHAT, timeouts={"request": "300s", "backend": "15s"})), "rules[0].timeouts.backend: 15s is short"),
    ("timeout-cuts-stream", one(rule(path=CHAT, timeouts={"request": "300s"}), rule(backends=POOL, timeouts={"request": "0s"})), ""),
    ("timeout-cuts-stream", one(rule(path="/health", timeouts={"request": "5s"})), ""),
    ("timeout-cuts-stream", one(rule(path="/login", method="POST", timeouts={"request": "5s"})), ""),
    ("timeout-cuts-stream", one(rule(path="/v1/embeddings", timeouts={"request": "30s"})), ""),
    ("timeout-missing", one(rule(path="/login", method="POST")), ""),
    ("timeout-missing", one(rule(backends=POOL)), "rules[0]: says not how long an answer may take"),
    ("timeout-missing", one(rule(backends=POOL), renderer="istio"), ""),
    ("timeout-missing", one(rule(path=CHAT, timeouts={"request": "300s"}), rule(path="/health")), ""),
    ("retry-longer-than-request", one(rule(retries=TRY, timeouts={"request": "60s", "backend": "1m"})), "timeouts.backend: is all of request, 60s"),
    ("retry-longer-than-request", one(rule(retries=TRY, timeouts={"request": "60s", "backend": "20s"})), ""),
    ("retry-longer-than-request", one(rule(timeouts={"request": "60s", "backend": "60s"})), ""),
    ("host-header-changed", one(rule(request_headers={"set": {"Host": "a"}})), "rules[0].request_headers: changes the header Host."),
    ("host-header-changed", one(rule(backends=[{**BACKEND, "request_headers": {"remove": ["host"]}}])), "backends[0].request_headers"),
    ("host-header-changed", one(rule(request_headers={"set": {"X-Host": "a"}})), ""),
    ("header-changed-twice", one(rule(response_headers={"set": {"A": "1"}, "remove": ["a"]})), "response_headers.remove: a is in set too."),
    ("header-changed-twice", one(rule(response_headers={"set": {"A": "1"}, "remove": ["b"]})), ""),
    ("redirect-loses-body", one({"path": CHAT, "redirect": {"hostname": "a.com"}}), "rules[0].redirect: turns a POST into a GET by its status 302."),
    ("redirect-loses-body", one({"method": "POST", "redirect": {"hostname": "a.com", "status": 301}}), "status 301"),
    ("redirect-loses-body", one({"path": CHAT, "redirect": {"hostname": "a.com", "status": 307}}), ""),
    ("redirect-loses-body", one({"path": "/", "redirect": {"hostname": "a.com"}}), ""),
    ("cors-credentials-any-origin", one(rule(cors={"allow_origins": ["*"], "allow_credentials": True})), "cors.allow_origins: allows credentials"),
    ("cors-credentials-any-origin", one(rule(cors={"allow_origins": ["*"]})), ""),
    ("mirror-to-backend", one(rule(mirrors=[{**BACKEND, "namespace": "default"}])), "mirrors[0]: copies requests to a backend of the same rule."),
    ("mirror-to-backend", one(rule(mirrors=[OTHER])), ""),
    ("mirror-nothing", one(rule(mirrors=[{**OTHER, "percent": 0}])), "mirrors[0]: copies none of the requests."),
    ("mirror-nothing", one(rule(mirrors=[{**OTHER, "fraction": {"numerator": 0}}])), "copies none"),
    ("mirror-nothing", one(rule(mirrors=[{**OTHER, "percent": 1}, OTHER])), ""),
]
