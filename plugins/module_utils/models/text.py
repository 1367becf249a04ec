# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of text that Kubernetes and Gateway API know, each with words and an example for its error."""

from __future__ import annotations

from .codecs import MapOf, Text, Whole

LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
HEADER_CHARS = r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+"
QUALIFIED = rf"({SUBDOMAIN}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?"

NAME = Text("a name of lower case letters, digits, '-' and '.'", SUBDOMAIN, 253, "chat")
SERVICE_NAME = Text("the name of a Service: lower case letters, digits and '-'", LABEL, 63, "ollama")
NAMESPACE = Text("a namespace: lower case letters, digits and '-'", LABEL, 63, "models")
SECTION = Text("a section name of lower case letters, digits, '-' and '.'", SUBDOMAIN, 253, "http")
HOSTNAME = Text("a host name in lower case (a leading '*.' is allowed) without scheme, port or path", rf"(\*\.)?{SUBDOMAIN}", 253, "inference.example.com")
PLAIN_HOSTNAME = Text("a host name in lower case, without scheme, port or path", SUBDOMAIN, 253, "inference.example.com")
GROUP = Text("an API group", rf"({SUBDOMAIN})?", 253, "inference.networking.k8s.io", empty=True)
KIND = Text("a kind", r"[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?", 63, "InferencePool")
DURATION = Text("a duration of h, m, s and ms", r"([0-9]{1,5}(h|m|s|ms)){1,4}", 24, "300s")
HEADER_NAME = Text("a header name", HEADER_CHARS, 256, "OpenAI-Model")
HEADER_VALUE = Text("a header value of printable ASCII without blanks at its ends", r"[!-~]+([\t ][!-~]+)*", 4096, '"gemma:2b"')
QUERY_NAME = Text("the name of a query parameter", HEADER_CHARS, 256, "model")
QUERY_VALUE = Text("the value of a query parameter", "", 1024, '"gemma:2b"')
PORT = Whole(1, 65535, "a port")

LABELS = MapOf(
    Text("a label's name", QUALIFIED, 317, "app.kubernetes.io/name"),
    Text("a label's value of at most 63 letters, digits, '-', '_' and '.'", r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", 63, '"demo"', empty=True),
)
ANNOTATIONS = MapOf(Text("an annotation's name", QUALIFIED, 317, "example.com/team"), Text("an annotation's text", "", 65536, '"models"', empty=True))
