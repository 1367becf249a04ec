# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server as a program, for benchmarks: it has a processor of its own then. Says its address and serves until it is ended.

At SIGUSR1 it says in one line of JSON how many requests came since the last time, how many of them would change something, and how many were refused.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading

from .server import ApigeeServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="contract.apigee", description=__doc__)
    parser.add_argument("--org", default="acme")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that each answer is held back")
    parser.add_argument("--calls", type=int, default=0, help="calls that are allowed in a minute")
    given = parser.parse_args()
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_signal: done.set())
    with ApigeeServer(given.org, port=given.port, delay=given.delay, calls=given.calls) as server:
        signal.signal(signal.SIGUSR1, lambda *_signal: _count(server))
        print(server.url, flush=True)
        done.wait()


def _count(server: ApigeeServer) -> None:
    refused = sum(status >= 400 for status in server.statuses)
    print(json.dumps({"requests": len(server.requests), "writes": len(server.writes), "refused": refused}), flush=True)
    server.forget()


if __name__ == "__main__":
    main()
