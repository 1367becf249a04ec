# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server as a program, for benchmarks: it has a processor of its own then. Says its address and serves until it is ended."""

from __future__ import annotations

import argparse
import signal
import threading

from .server import KongAdmin


def main() -> None:
    parser = argparse.ArgumentParser(prog="contract.kong", description=__doc__)
    parser.add_argument("--database", choices=["postgres", "off"], default="postgres")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that each answer is held back")
    given = parser.parse_args()
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_signal: done.set())
    with KongAdmin(given.database, port=given.port, delay=given.delay) as kong:
        print(kong.url, flush=True)
        done.wait()


if __name__ == "__main__":
    main()
