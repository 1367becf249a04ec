# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failover tried in earnest: requests go on while backends are stopped and started again. Only where the user says that this does no harm."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType

from ..engine.errors import GatewayError
from ..stores.transport import ApiError, Transport
from .answer import Answer
from .cluster import read_pods
from .derive import Case
from .facts import Facts
from .failover import UNTOLD, Watch, all_by, failed, judge_failover, spoilt, told
from .judge import Finding
from .order import Order
from .volley import fire
from .workloads import NoFaultError, Workload, behind, left_stopped, start, stop

VOLLEY = 10
AT_ONCE = 2
PAUSE = 0.2
ENDINGS = ("SIGTERM", "SIGHUP", "SIGINT")


@dataclass
class Outage:
    """``patience``: seconds that requests have to move, and later the same to move back. ``sleep`` is a seam for tests."""

    transport: Transport
    facts: Facts
    patience: float
    sleep: Callable[[float], None] = time.sleep

    def prove(self, case: Case, order: Order) -> Finding:
        return judge_failover(case, self._watch(case, replace(order, count=VOLLEY, concurrency=AT_ONCE)), self.facts)

    def _watch(self, case: Case, order: Order) -> Watch:
        watch = Watch(self.patience)
        watch.before = _sent(order)
        if failed(case, watch.before):
            return watch
        if not told(case, watch.before, self.facts):
            watch.problem = UNTOLD
            return watch
        try:
            workloads = self._workloads(case)
            with stopped(self.transport, workloads, watch):
                began = time.monotonic()
                watch.moved = self._until(case.expected.by, case, order, watch.during, began)
        except NoFaultError as error:
            watch.problem = str(error)
            return watch
        watch.back = self._until(case.place.levels[0], case, order, watch.after, time.monotonic())
        return watch

    def _workloads(self, case: Case) -> list[Workload]:
        if any(" " in name for name in (*case.lost, *case.expected.by)):
            raise NoFaultError("only Services are stopped and started again")
        try:
            lost = {workload for name in case.lost for workload in behind(self.transport, name)}
            shared = lost & {workload for name in case.expected.by for workload in behind(self.transport, name)}
        except GatewayError as error:
            raise NoFaultError(str(error)) from error
        if shared:
            raise NoFaultError(f"{' and '.join(map(str, sorted(shared)))} stands behind the fallback too, so it is none")
        return sorted(lost)

    def _until(self, names: Iterable[str], case: Case, order: Order, answers: list[Answer], began: float) -> float | None:
        """Requests until these alone answer; after how many seconds that was. One bad answer settles it, and ends the fault the sooner."""
        wanted = tuple(names)
        while True:
            found = _sent(order)
            answers += found
            read_pods(self.transport, (*case.lost, *case.expected.by), self.facts)
            passed = time.monotonic() - began
            if all_by(wanted, case, found, self.facts):
                return passed
            if spoilt(case, found, self.facts) or passed > self.patience:
                return None
            self.sleep(PAUSE)


def _sent(order: Order) -> list[Answer]:
    return asyncio.run(fire(order)).answers


@contextmanager
def stopped(transport: Transport, workloads: list[Workload], watch: Watch) -> Iterator[None]:
    """None of them runs inside the block, and all of them are started again after it, whatever ends it: an error, an interrupt, a signal to end."""
    touched: list[Workload] = []
    with _signals_as_errors():
        try:
            for workload in workloads:
                touched.append(workload)
                try:
                    stop(transport, workload)
                except ApiError as error:
                    if error.status < 500:
                        touched.remove(workload)  # refused, so it runs; after a fault of the server nobody knows
                    raise NoFaultError(f"{workload} cannot be stopped: {error.text}") from error
            watch.stopped = tuple(map(str, touched))
            yield
        finally:
            with _signals_held():
                _start_all(transport, touched)


def _start_all(transport: Transport, workloads: Iterable[Workload]) -> None:
    """Each is tried, also when another fails."""
    problems = []
    for workload in workloads:
        try:
            start(transport, workload)
        except GatewayError as error:
            if not (isinstance(error, ApiError) and error.status == 404):  # somebody deleted it
                problems.append(f"{workload}: {error}")
    if problems:
        remedy = "The next verification with failovers starts them again; or set spec.replicas to what annotation inference.gateway/stopped-by-verify says."
        raise GatewayError(f"Stopped for verification and not started again: {'; '.join(problems)}. {remedy}")


def start_left(transport: Transport, namespaces: Iterable[str]) -> list[str]:
    """Starts what a run that was killed has left stopped; tells what that was."""
    found = left_stopped(transport, namespaces)
    _start_all(transport, found)
    return [f"{workload} was left stopped by an earlier verification, and has been started again" for workload in found]


def _swapped(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> dict[int, object]:
    """Signals can be caught in the main thread alone; elsewhere nothing is changed."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.signal(number, handler) for number in (getattr(signal, name) for name in ENDINGS)}


@contextmanager
def _signals_as_errors() -> Iterator[None]:
    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    yield from _with_handlers(end)


@contextmanager
def _signals_held() -> Iterator[None]:
    yield from _with_handlers(signal.SIG_IGN)


def _with_handlers(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> Iterator[None]:
    before = _swapped(handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)  # type: ignore[arg-type]
