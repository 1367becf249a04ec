# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who we are to Google: tokens by google-auth, from a token, a service account's key, or whatever Application Default Credentials find.

google-auth refreshes tokens that run out; proxies and CA bundles of the environment are the concern of ``requests``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from ...engine.errors import GatewayError, InputError, Issue

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
"""The only scope that the discovery document knows."""
WAYS = ("access_token", "service_account_file", "service_account_contents")


class CredentialsError(GatewayError):
    """No token could be had. Nothing of a key is ever shown."""


def problems(params: Mapping[str, Any]) -> list[Issue]:
    """What is wrong with the options before anything is asked."""
    given = [name for name in WAYS if params.get(name)]
    found = []
    if len(given) > 1:
        found.append(
            Issue(given[1], f"is given beside {given[0]}: which of them counts is not clear.", "Give one, or none for Application Default Credentials.")
        )
    token = params.get("access_token")
    if token and not (token.isprintable() and token.isascii()):
        found.append(Issue("access_token", "holds a line break or another character that no header can carry.", "Trim it."))
    path = params.get("service_account_file")
    if path and not Path(path).is_file():
        found.append(Issue("service_account_file", f"{path} does not exist where the module runs."))
    return found


def tokens(params: Mapping[str, Any], session: Any) -> Callable[[], list[tuple[str, str]]]:
    """Headers for each request; asks for a new token when the last one runs out. A token that is given is sent as it is: nobody can renew it."""
    if params.get("access_token") and not params.get("impersonate_service_account"):
        given = [("authorization", f"Bearer {params['access_token']}")]
        if params.get("quota_project"):
            given.append(("x-goog-user-project", params["quota_project"]))
        return lambda: given
    import google.auth.exceptions
    import google.auth.transport.requests

    credentials = _credentials(params)
    request = google.auth.transport.requests.Request(session)
    lock = Lock()

    def headers() -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        with lock:
            try:
                credentials.before_request(request, "GET", "", found)
            except google.auth.exceptions.GoogleAuthError as error:
                raise CredentialsError(f"No access token for Apigee: {_told(error)}") from None
        return list(found.items())

    return headers


def _credentials(params: Mapping[str, Any]) -> Any:
    import google.auth
    import google.auth.exceptions

    try:
        found = _base(params)
        if params.get("impersonate_service_account"):
            from google.auth import impersonated_credentials

            found = impersonated_credentials.Credentials(found, params["impersonate_service_account"], list(SCOPES))
        if params.get("quota_project"):
            found = found.with_quota_project(params["quota_project"])
    except (google.auth.exceptions.GoogleAuthError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        # Not all that is wrong with a file of credentials is an error of google-auth's own kinds.
        hint = "Give access_token, service_account_file or service_account_contents, or set GOOGLE_APPLICATION_CREDENTIALS."
        raise CredentialsError(f"No credentials for Google: {_why(error)} {hint}") from None
    return found


def _base(params: Mapping[str, Any]) -> Any:
    import google.auth
    from google.oauth2 import credentials, service_account

    if params.get("access_token"):
        return credentials.Credentials(token=params["access_token"])
    for option in WAYS[1:]:
        if params.get(option):
            info = _info(option, params[option])
            try:
                return service_account.Credentials.from_service_account_info(info, scopes=list(SCOPES))
            except (ValueError, KeyError, AttributeError):
                raise InputError([Issue(option, "holds no key that can be read.", "Make a new key of the account, and give the whole JSON.")]) from None
    found, _project = google.auth.default(scopes=list(SCOPES))
    return found


def _info(option: str, value: Any) -> dict[str, Any]:
    """A service account's key as JSON. What is in it is never part of a message."""
    try:
        text = Path(value).read_text(encoding="utf-8") if option == "service_account_file" else value
        found = json.loads(text) if isinstance(text, str) else text
    except (OSError, ValueError):
        raise InputError([Issue(option, "holds no JSON.", "Give the file that Google made for the account.")]) from None
    if not isinstance(found, dict) or found.get("type") != "service_account":
        problem = "is not the key of a service account (its type is another one)."
        raise InputError([Issue(option, problem, "For other kinds of credentials set GOOGLE_APPLICATION_CREDENTIALS to the file.")])
    return found


def _why(error: Exception) -> str:
    """Of errors of any other kind only what they are: their text may quote the file."""
    import google.auth.exceptions

    if isinstance(error, google.auth.exceptions.GoogleAuthError):
        return _told(error)
    place = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS") or "Application Default Credentials"
    why = error.strerror if isinstance(error, OSError) else ""
    return f"{place} cannot be read{f' ({why})' if why else ', or is no file of credentials'}."


def _told(error: Exception) -> str:
    """google-auth's own words. Their second part is the server's answer, which may quote what was sent."""
    text = str(error.args[0] if error.args else error).strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
