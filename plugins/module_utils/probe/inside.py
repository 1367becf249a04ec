# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs in a pod: the same client, fed with orders from a file; the answers are printed as one line.

    python -m probe.inside ORDERS.json

Needs aiohttp and jmespath, and none of Ansible.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path

LIBRARIES = ("aiohttp", "jmespath")


def main(file: str) -> str:
    missing = [library for library in LIBRARIES if find_spec(library) is None]
    if missing:
        return json.dumps({"error": f"the image has no Python package {' and '.join(missing)}"})
    from .order import Order
    from .pack import pack
    from .volley import fire_all

    wish = json.loads(Path(file).read_text(encoding="utf-8"))
    return json.dumps({"volleys": pack(fire_all([Order.load(text) for text in wish["orders"]], wish["parallel"]))})


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1]) + "\n")
