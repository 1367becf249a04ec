# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way through: observe, plan, rehearse, apply, wait. Check mode is the same way, left before the first write."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from . import plan as planning
from .apply import apply
from .confirm import confirm
from .errors import ApplyError, RefusalsError, RefusedError
from .objects import ENTRY_ANNOTATION, Desired, GroupKind, Key, Object
from .order import early, freed
from .plan import Action, Change, Observed, Plan, Policy
from .report import Report, parent_result
from .store import Store

DEFINITION_TIMEOUT = 60.0
"""Seconds for a new CRD to be served, and for an object to be gone before its successor is made."""


@dataclass(frozen=True)
class Options:
    """What the user asked for besides the objects. ``wait_timeout`` is in seconds; ``validate`` rehearses creations, too; without ``diff`` what will stand is
    not kept, which of many objects is as much as all else.
    """

    policy: Policy = field(default_factory=Policy)
    on_immutable: str = "fail"
    validate: bool = True
    wait: bool = False
    wait_timeout: float = 120.0
    concurrency: int = 8
    check: bool = False
    diff: bool = True


def converge(store: Store, wanted: Iterable[Desired], options: Options, report: Report) -> None:
    """Make the owner's objects what is declared. Fills ``report``; raises a GatewayError that says what went wrong."""
    store.open()
    desired = planning.index(store.place(wanted))
    unknown = store.unknown(desired)
    if taught := _teach(store, desired, unknown, options, report):
        unknown = store.unknown(desired)
        if unknown:
            raise ApplyError({str(key): why for key, why in unknown.items()}, [str(change.key) for change in taught], ())
    observed = store.observe({key: item.obj for key, item in desired.items() if key not in unknown})
    report.plan = planning.present(desired, observed, store.differ, options.policy)
    _carry_out(store, observed, {key: f"kind not known yet: {why}" for key, why in unknown.items()}, options, report, taught)
    if options.wait and not options.check:
        _wait(store, report.plan, options)


def remove(store: Store, wanted: Iterable[Desired], entries: Mapping[str, str], options: Options, report: Report) -> None:
    """Take objects away: those that ``wanted`` identifies, and the owner's objects rendered from ``entries`` (``namespace/name`` -> origin)."""
    store.open()
    desired = planning.index(store.place(wanted))
    unknown = store.unknown(desired)
    observed = store.observe({key: item.obj for key, item in desired.items() if key not in unknown})
    rendered = _rendered_from(entries, observed)
    settled = {(key.group_kind, _entry(observed[key].obj)) for key in rendered}
    named = rendered | {key: item.origin for key, item in desired.items() if not _is_another(key, item, observed, settled)}
    report.plan = planning.absent(named, observed, options.policy)
    _carry_out(store, observed, {}, replace(options, policy=replace(options.policy, prune=False)), report, ())
    if options.wait and not options.check:
        _wait(store, report.plan, options)


def _rendered_from(entries: Mapping[str, str], observed: Mapping[Key, Observed]) -> dict[Key, str]:
    found = {}
    for key, seen in observed.items():
        if seen.owner is planning.Owner.OURS and _entry(seen.obj) in entries:
            found[key] = entries[_entry(seen.obj)]
    return found


def _is_another(key: Key, item: Desired, observed: Mapping[Key, Observed], settled: Container[tuple[GroupKind, str]]) -> bool:
    """What bears an entry's name need not be the entry's: it became of another entry, or it is not ours while what the entry became is known."""
    if not item.entry or key not in observed:
        return False
    entry = _entry(observed[key].obj) if observed[key].owner is planning.Owner.OURS else ""
    return entry not in ("", item.entry) or (entry == "" and (key.group_kind, item.entry) in settled)


def _entry(obj: Object) -> str:
    return str((obj["metadata"].get("annotations") or {}).get(ENTRY_ANNOTATION) or "")


def _teach(store: Store, desired: Mapping[Key, Desired], unknown: Mapping[Key, str], options: Options, report: Report) -> tuple[Change, ...]:
    """Unknown kinds: an error, unless check mode only predicts, or the set itself brings their definitions, which are then written first."""
    if not unknown or options.check:
        return ()
    brought = {kind: key for key, item in desired.items() if (kind := store.brings(item.obj))}
    strangers = [f"{desired[key].origin}: {why}" for key, why in unknown.items() if key.group_kind not in brought]
    if strangers:
        raise RefusalsError(strangers)
    observed = store.observe({key: item.obj for key, item in desired.items() if key not in unknown})
    # Everything is tried, so that what can be refused already is refused before the definitions are written.
    changes, refusals = _rehearsed(store, planning.present(desired, observed, store.differ, options.policy).changes, dict(unknown), options)
    if refusals:
        raise RefusalsError(refusals)
    first = {brought[key.group_kind]: desired[brought[key.group_kind]] for key in unknown}
    changes = tuple(change for change in changes if change.key in first)
    store.widen([*observed, *first], claim=True)
    written = apply(changes, lambda change: store.write(change, DEFINITION_TIMEOUT), options.concurrency)
    report.wrote = bool(written)
    store.await_kinds({key: item.obj for key, item in first.items()}, DEFINITION_TIMEOUT)
    return written


def _carry_out(store: Store, observed: Mapping[Key, Observed], notes: Mapping[Key, str], options: Options, report: Report, taught: Iterable[Change]) -> None:
    planned = freed(report.plan.changes, observed, store.unique)
    changes, refusals = _rehearsed(store, planned, notes, options)
    report.plan = report.plan.having(changes)
    remaining = _remaining(report.plan, observed)
    refusals += _record_refused(store, remaining, options)
    if refusals:
        raise RefusalsError(refusals)
    report.warnings += [f"{change.origin}: {change.key}: {change.note}" for change in changes if change.note]
    report.parent = parent_result(store.record_key(), store.record(remaining))
    if not options.check:
        _write(store, changes, remaining, options, report)
        report.wrote = report.wrote or report.changed
    earlier = {change.key: change for change in taught}
    report.plan = report.plan.having(earlier.get(change.key, change) for change in report.plan.changes)


def _write(store: Store, changes: tuple[Change, ...], remaining: list[Key], options: Options, report: Report) -> None:
    """The record first and last, and before it narrows a look at what there is."""
    writes = [change for change in changes if change.writes]
    if writes:
        # A run that only changes what there is cannot lose a member, and leaves the record alone.
        store.widen([*remaining, *(change.key for change in writes)], any(change.action is not Action.UPDATE for change in writes))
        versions: dict[Key, str] = {}

        def write(change: Change) -> None:
            versions[change.key] = store.write(change, DEFINITION_TIMEOUT)

        if store.whole:
            store.write_whole(writes)
            report.wrote = True
        else:
            report.wrote = bool(apply(changes, write, options.concurrency, early(writes, store.unique))) or report.wrote
        confirm(store, changes, versions, options.policy.prune)
    store.settle(remaining)


def _record_refused(store: Store, remaining: list[Key], options: Options) -> list[str]:
    """Why the record could not be written in the end: better known before the first write."""
    try:
        if store.record(remaining) != "keep":
            store.rehearse_record(remaining)
    except RefusedError as refusal:
        return [] if refusal.missing_namespace and options.check else [str(refusal)]
    return []


def _remaining(plan: Plan, observed: Mapping[Key, Observed]) -> list[Key]:
    """What will be the owner's when the plan is carried out."""
    gone = {change.key for change in plan.changes if change.desired is None}
    ours = {key for key, seen in observed.items() if seen.owner is planning.Owner.OURS and not seen.leaving}
    return sorted((ours | {change.key for change in plan.changes}) - gone)


def _rehearsed(store: Store, changes: Iterable[Change], notes: Mapping[Key, str], options: Options) -> tuple[tuple[Change, ...], list[str]]:
    """Every change as the server predicts it, and every refusal, in the plan's order."""
    plan = tuple(changes)
    coming = {change.key.name for change in plan if change.key.kind == "Namespace" and change.action is Action.CREATE}

    def one(change: Change) -> Change | RefusedError:
        try:
            found = store.rehearse_replacement(change) if change.action is Action.REPLACE else store.rehearse(change)
            return found if options.diff else replace(found, after=None)
        except RefusedError as refusal:
            return _second_thought(store, change, refusal, coming, options)

    asked = [change for change in plan if change.writes and change.key not in notes and (options.validate or change.action is not Action.CREATE)]
    with ThreadPoolExecutor(max(1, min(options.concurrency, len(asked)))) as workers:
        answers = dict(zip((change.key for change in asked), workers.map(one, asked), strict=True))
    refused = [str(answer) for answer in answers.values() if isinstance(answer, RefusedError)]

    def outcome(change: Change) -> Change:
        if change.key in notes:
            return replace(change, note=notes[change.key])
        answer = answers.get(change.key, change)
        return change if isinstance(answer, RefusedError) else answer

    return tuple(map(outcome, plan)), refused


def _second_thought(store: Store, change: Change, refusal: RefusedError, coming: set[str], options: Options) -> Change | RefusedError:
    """Refusals of a rehearsal that need not be one of the real write."""
    if refusal.unrehearsed:
        return replace(change, note="not rehearsed: an admission webhook does not support dry run")
    if refusal.missing_namespace in coming or (refusal.missing_namespace and options.check):
        return replace(change, note=f"not rehearsed: namespace {refusal.missing_namespace} does not exist yet")
    if refusal.immutable and options.on_immutable == "replace":
        try:
            return store.rehearse_replacement(change)
        except RefusedError as second:
            return second
    if refusal.immutable:
        return RefusedError(f"{refusal} Set on_immutable to replace to delete the object and make it anew.")
    return refusal


def _wait(store: Store, plan: Plan, options: Options) -> None:
    present = {change.key: change.desired for change in plan.changes if change.desired}
    absent = [change.before for change in plan.changes if change.desired is None and change.before]
    store.await_ready(present, absent, options.wait_timeout)
