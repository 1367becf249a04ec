# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can go wrong, as types. Only ``engine/run.py`` turns them into a module's failure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


class GatewayError(Exception):
    """Base of all errors that a user is meant to read."""


@dataclass(frozen=True)
class Issue:
    """One thing wrong with the input: where it stands, what is wrong, what to write instead."""

    where: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}" + (f" {self.remedy}" if self.remedy else "")


class InputError(GatewayError):
    """The declaration is wrong; nothing was sent to a server. Carries every issue, not only the first."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        count = len(self.issues)
        head = "The input has 1 error" if count == 1 else f"The input has {count} errors"
        super().__init__(f"{head}; nothing was written.\n" + "\n".join(f"- {issue}" for issue in self.issues))


class OwnershipError(GatewayError):
    """An object that we were told to manage bears no mark of ours."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("Nothing was written, since some objects are not ours.\n" + "\n".join(f"- {problem}" for problem in self.problems))


class PruneLimitError(GatewayError):
    """Pruning would take away more than the user's ceiling allows."""

    def __init__(self, doomed: Iterable[str], owned: int, limit: str) -> None:
        self.doomed = tuple(doomed)
        super().__init__(
            f"Nothing was written: prune would delete {len(self.doomed)} of {owned} owned objects, more than prune_limit {limit} allows. "
            "If the inventory is right, raise prune_limit. It would delete:\n" + "\n".join(f"- {name}" for name in self.doomed)
        )


class RefusedError(GatewayError):
    """The server refused one object or request.

    ``immutable``: only because a field cannot be changed in place. ``missing_namespace``: only because that namespace does not exist.
    ``unrehearsed``: the server could not try it without doing it. ``conflicts``: the fields that other managers hold. ``outdated``: the object is not the
    one that was seen.
    """

    def __init__(
        self,
        message: str,
        *,
        immutable: bool = False,
        missing_namespace: str = "",
        unrehearsed: bool = False,
        conflicts: Iterable[str] = (),
        outdated: bool = False,
    ) -> None:
        self.outdated = outdated
        self.conflicts = tuple(conflicts)
        self.immutable = immutable
        self.missing_namespace = missing_namespace
        self.unrehearsed = unrehearsed
        super().__init__(message)


class UnreachableError(GatewayError):
    """No answer from the server, or none that can be trusted: whether the last write happened is not known."""


class RefusalsError(GatewayError):
    """The server's rehearsal refused some objects; nothing was written."""

    def __init__(self, refusals: Iterable[str]) -> None:
        self.refusals = tuple(refusals)
        count = len(self.refusals)
        head = f"The server refuses {count} object{'s' if count != 1 else ''}; nothing was written."
        super().__init__(head + "\n" + "\n".join(f"- {refusal}" for refusal in self.refusals))


class ApplyError(GatewayError):
    """Some writes failed. What was written stays; running again finishes the job."""

    def __init__(self, failed: Mapping[str, str], written: Iterable[str], not_tried: Iterable[str]) -> None:
        self.failed = dict(failed)
        self.written = tuple(written)
        self.not_tried = tuple(not_tried)
        head = (
            f"{len(self.failed)} of the writes failed, {len(self.written)} succeeded, {len(self.not_tried)} were not tried. "
            "Run again when the cause is mended: it goes on from here."
        )
        lines = [f"- failed: {key}: {reason}" for key, reason in self.failed.items()] + [f"- not tried: {key}" for key in self.not_tried]
        super().__init__("\n".join([head, *lines]))


class InterferenceError(GatewayError):
    """Another run wrote into the same set: what the cluster holds now is not what this run was to lead to."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "Everything was written, but another run or tool was at work on the same objects at the same time. Nothing is lost. "
            "Run again, one after the other.\n" + "\n".join(f"- {problem}" for problem in self.problems)
        )


class NotReadyError(GatewayError):
    """Everything is written, but not everything became ready in time."""

    def __init__(self, unmet: Mapping[str, str], seconds: float) -> None:
        self.unmet = dict(unmet)
        super().__init__(f"Written, but not ready after {seconds:.0f} s:\n" + "\n".join(f"- {key}: {why}" for key, why in self.unmet.items()))
