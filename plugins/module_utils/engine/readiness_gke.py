# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When GKE has taken up its policies and traffic extensions. Pure."""

from __future__ import annotations

from .conditions import failures, generation, status
from .objects import Object

TAKEN_UP = ("Attached", "Accepted")


def attached(obj: Object) -> str:
    """Nobody looks at a policy before a route uses its backend, so only what is said counts."""
    found: dict[str, None] = {}
    for report in (status(obj), *(status(obj).get("ancestors") or ())):
        for condition in report.get("conditions") or ():
            if condition.get("type") in TAKEN_UP:
                found |= dict.fromkeys(failures([condition], (condition["type"],), generation(obj)))
    return "; ".join(found)


def extension(obj: Object) -> str:
    """Each Gateway of an extension has its say."""
    reports = status(obj).get("ancestors") or ()
    found = []
    for target in obj.get("spec", {}).get("targetRefs") or ():
        label = f"Gateway {target.get('name')}"
        answers = [report for report in reports if (report.get("ancestorRef") or {}).get("name") == target.get("name")]
        if not answers:
            found.append(f"{label}: no controller reports on it: is it of a class of GKE's, in the namespace of the extension?")
        for answer in answers:
            found += [f"{label}: {problem}" for problem in failures(answer.get("conditions") or (), ("Accepted", "ResolvedRefs"), generation(obj))]
    return "; ".join(found)
