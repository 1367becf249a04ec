# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's process: tables of pods come in on stdin, one JSON line each, and one JSON line answers each. The end of stdin ends it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import sys
from pathlib import Path
from typing import Any

from .table import Table

# One line holds all pods of a cluster.
LONGEST_LINE = 64 * 1024 * 1024


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m inference_lab.simulator", description=__doc__)
    parser.add_argument("--log", type=Path, help="file for what happens (default: stderr)")
    options = parser.parse_args()
    logging.basicConfig(filename=options.log, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve())
    return 0


async def _serve() -> None:
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    table = Table()
    try:
        while line := await reader.readline():
            if line.strip():
                sys.stdout.write(json.dumps(await _apply(table, line)) + "\n")
                sys.stdout.flush()
    finally:
        await table.close()


async def _apply(table: Table, line: bytes) -> dict[str, Any]:
    """A line that is no table changes nothing; the writer is told, and the pods go on."""
    try:
        wanted = json.loads(line)
        if not isinstance(wanted, dict) or not isinstance(wanted.get("pods"), list):
            raise ValueError('expected one JSON object {"pods": [...]} a line')
    except ValueError as error:
        return {"listening": sorted({one.pod.port for one in table.running.values()}), "pods": len(table.running), "problems": [f"table: {error}"]}
    return await table.apply(wanted)


if __name__ == "__main__":
    sys.exit(main())
