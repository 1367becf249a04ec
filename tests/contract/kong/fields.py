# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of fields that Kong's schemas share (kong/db/schema/typedefs.lua, kong/tools/{ip,http}.lua)."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from .validate import Field

PROTOCOLS = ["grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp"]
HTTP_PROTOCOLS = ["grpc", "grpcs", "http", "https"]
HOST = re.compile(r"[A-Za-z0-9.\-_]+\Z")
PATH = re.compile(r"/[A-Za-z0-9.\-_~/%:@!$&'()*+,;=]*\Z")


def valid_tag(tag: str) -> str | None:
    if re.fullmatch(r"[ !-+\-.0-~\u0080-\U0010ffff]+", tag):
        return None
    return f"invalid tag '{tag}': expected printable ascii (except `,` and `/`) or valid utf-8 sequences"


def valid_name(name: str) -> str | None:
    if re.fullmatch(r"[A-Za-z0-9.\-_~\u0080-\U0010ffff]+", name):
        return None
    return f"invalid value '{name}': the only accepted ascii characters are alphanumerics or ., -, _, and ~"


def normalize_ip(address: str) -> tuple[str, str, int | None] | str:
    """(kind, host, port) of ipv4, ipv4:port, ipv6, [ipv6]:port, name or name:port; a text says what is wrong."""
    if address.count(":") > 1:
        return _ipv6(address)
    host, colon, digits = address.partition(":")
    if re.fullmatch(r"[\d.]+", address.replace(":", "")):
        return _ipv4(address, host, colon, digits)
    if colon and not digits.isdigit():
        return f"invalid hostname: {address}"
    if colon and int(digits) > 65535:
        return "invalid port number"
    parts = host.split(".")
    wrong = any(part.endswith("-") or (part == "" and place < len(parts) - 1) for place, part in enumerate(parts))
    if not HOST.match(host) or wrong:
        return f"invalid hostname: {address}"
    return "name", host, int(digits) if colon else None


def _ipv4(address: str, host: str, colon: str, digits: str) -> tuple[str, str, int | None] | str:
    parts = host.split(".")
    sound = len(parts) == 4 and all(part.isdigit() and len(part) <= 3 and int(part) <= 255 for part in parts)
    if not sound or (colon and not digits.isdigit()):
        return f"invalid ipv4 address: {address}"
    if colon and int(digits) > 65535:
        return "invalid port number"
    return "ipv4", ".".join(str(int(part)) for part in parts), int(digits) if colon else None


def _ipv6(address: str) -> tuple[str, str, int | None] | str:
    inner, _close, rest = address[1:].partition("]") if address.startswith("[") else (address, "", "")
    if rest and not re.fullmatch(r":\d+", rest):
        return "invalid ipv6 address"
    if rest and int(rest[1:]) > 65535:
        return "invalid port number"
    try:
        return "ipv6", ipaddress.IPv6Address(inner).exploded, int(rest[1:]) if rest else None
    except ValueError:
        return f"invalid ipv6 address: {inner}"


def format_host(found: tuple[str, str, int | None], port: int | None = None) -> str:
    kind, host, own = found
    port = port if own is None else own
    return (f"[{host}]" if kind == "ipv6" else host) + ("" if port is None else f":{port}")


def valid_host(host: str) -> str | None:
    found = normalize_ip(host)
    if isinstance(found, str):
        return "must not have a port" if found == "invalid port number" else f"invalid value: {host}"
    return "must not have a port" if found[2] is not None else None


def valid_sni(host: str) -> str | None:
    found = normalize_ip(host)
    return "must not be an IP" if not isinstance(found, str) and found[0] != "name" else valid_host(host)


def _valid_host_port(host: str) -> str | None:
    found = normalize_ip(host)
    return found if isinstance(found, str) else None


def valid_path(path: str) -> str | None:
    if not PATH.match(path):
        return f"invalid path: '{path}' (characters outside of the reserved list of RFC 3986 found)"
    loose = re.search(r"%(?![0-9A-Fa-f]{2}).{0,2}", path)
    return f"invalid url-encoded value: '{loose.group()}'" if loose else None


def _valid_router_path(path: str) -> str | None:
    wrong = valid_path(path)
    if wrong and wrong.startswith("invalid url-encoded"):
        return wrong
    if path.startswith("~"):
        try:
            re.compile(path[1:])
        except re.error as error:
            return f"invalid regex: '{path[1:]}' (PCRE returned: {error})"
        return None
    clean = _normal(path)
    return None if clean == path else f"non-normalized path, consider use '{clean}' instead"


def _normal(path: str) -> str:
    """Dot segments resolved, escapes of plain letters undone, escapes in capitals, as kong.tools.uri does."""
    plain = re.compile(r"[A-Za-z0-9\-._~]")

    def undo(found: re.Match[str]) -> str:
        sign = chr(int(found.group(1), 16))
        return sign if plain.match(sign) else found.group().upper()

    out: list[str] = []
    parts = re.sub(r"%([0-9A-Fa-f]{2})", undo, path).split("/")
    for place, part in enumerate(parts):
        if part == "..":
            out = out[:-1] if len(out) > 1 else out
        elif part != ".":
            out.append(part)
        if part in (".", "..") and place == len(parts) - 1:
            out.append("")
    return "/".join(out)


def _valid_url(url: str) -> str | None:
    found = urlsplit(url)
    if not found.hostname:
        return "missing host in url"
    return None if found.scheme else "missing scheme in url"


def _valid_header(name: str) -> str | None:
    return None if re.fullmatch(r"[a-zA-Z0-9\-_]+", name) else f"bad header name '{name}', allowed characters are A-Z, a-z, 0-9, '_', and '-'"


def _valid_cookie(name: str) -> str | None:
    if not re.search(r'[\x00-\x1f\x7f\x80-\U0010ffff \t()<>@,;:\\"/?={}\[\]]', name):
        return None
    return 'contains one or more invalid characters. ASCII control characters (0-31;127), space, tab and the characters ()<>@,;:\\"/?={}[] are not allowed.'


def _valid_cidr(text: str) -> str | None:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f"invalid ip or cidr range: '{text}'"
    return None


def text(**more: Any) -> Field:
    return {"type": "string", **more}


def integer(low: int, high: int, **more: Any) -> Field:
    return {"type": "integer", "between": [low, high], **more}


def boolean(default: bool, **more: Any) -> Field:
    return {"type": "boolean", "default": default, **more}


def foreign(reference: str, **more: Any) -> Field:
    return {"type": "foreign", "reference": reference, **more}


def key_id() -> Field:
    return text(uuid=True, auto=True)


def stamp(kind: str = "integer") -> Field:
    return {"type": kind, "timestamp": True, "auto": True}


def tags() -> Field:
    return {"type": "set", "elements": text(required=True, custom_validator=valid_tag)}


def name() -> Field:
    return text(unique=True, custom_validator=valid_name)


def host(**more: Any) -> Field:
    return text(custom_validator=valid_host, **more)


def host_with_port() -> Field:
    return text(custom_validator=_valid_host_port)


def sni(**more: Any) -> Field:
    return text(custom_validator=valid_sni, **more)


def url(**more: Any) -> Field:
    return text(custom_validator=_valid_url, **more)


def port(**more: Any) -> Field:
    return integer(0, 65535, **more)


def path(**more: Any) -> Field:
    empty = [{"pattern": "//", "err": "must not have empty segments"}]
    return text(starts_with="/", match_none=empty, custom_validator=valid_path, **more)


def router_path() -> Field:
    rule = {"patterns": ["^/", "^~/"], "err": "should start with: / (fixed path) or ~/ (regex path)"}
    empty = [{"pattern": "//", "err": "must not have empty segments"}]
    return text(match_any=rule, match_none=empty, custom_validator=_valid_router_path)


def header_name(**more: Any) -> Field:
    return text(custom_validator=_valid_header, **more)


def cookie_name() -> Field:
    return text(custom_validator=_valid_cookie)


def headers(**keys: Any) -> Field:
    return {"type": "map", "keys": header_name(**keys), "values": {"type": "array", "elements": text()}}


def protocols(known: list[str] | None = None) -> Field:
    return {"type": "set", "required": True, "default": list(HTTP_PROTOCOLS), "elements": text(one_of=known or PROTOCOLS)}


def addresses() -> Field:
    each = {"type": "record", "fields": {"ip": text(custom_validator=_valid_cidr), "port": port()}, "entity_checks": [{"at_least_one_of": ["ip", "port"]}]}
    return {"type": "set", "elements": each}
