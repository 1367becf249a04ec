# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one command out of a process that is small, and writes what it cost as JSON: `python -I -S starter.py RESULT COMMAND...`.

Linux counts into the peak of a program the memory of the process that it was forked from, by `posix_spawn` as well. The benchmark is larger than most tools;
this process has 5 MB.
"""

import json
import os
import sys
import time


def main() -> None:
    result, command = sys.argv[1], sys.argv[2:]
    began = time.monotonic()
    child = os.fork()
    if not child:
        try:
            os.execvp(command[0], command)  # noqa: S606 - no shell is meant
        except OSError as error:
            os.write(2, f"{command[0]}: {error}\n".encode())
        os._exit(127)
    _pid, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - began
    cost = {"wall_s": round(wall, 2), "cpu_s": round(usage.ru_utime + usage.ru_stime, 2), "peak_mb": round(usage.ru_maxrss / 1024, 1)}
    with open(result, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib would make this process larger
        json.dump({"status": os.waitstatus_to_exitcode(status), "cost": cost}, file)


if __name__ == "__main__":
    main()
