# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Go of our own that answers as the real one does, writes down what it was asked, and fails or dawdles when told to."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml
from inference_lab import pins

FAKE_GO = """#!/bin/sh
here="$(dirname "$0")"
case "$1" in
env) printf '%s\\n' "$(cat "$here/version")" "$here/cache" "$here/modules" ;;
build)
    for word; do [ "$last" = -o ] && out="$word"; last="$word"; done
    echo "$last" >> "$here/asked"
    if [ -e "$here/fail" ] && grep -qx "$last" "$here/fail"; then cat "$here/says" >&2; exit 1; fi
    if [ -e "$here/hang" ]; then echo $$ > "$here/pid"; echo half > "$out"; while [ -e "$here/hang" ]; do sleep 0.1; done; fi
    [ "$CGO_ENABLED" = 1 ] && echo "$CGO_CPPFLAGS" >> "$here/cgo"
    echo "program of $last" > "$out" ;;
mod)
    echo "$4" >> "$here/asked"
    [ -e "$here/adds-sum" ] && echo "another line" >> go.sum
    printf '{"Dir": "%s"}\\n' "$here/modules/$4" ;;
esac
"""


@dataclasses.dataclass
class FakeGo:
    """The folder of the fake, and of the pin table that is built with it."""

    home: Path
    table: Path

    def asked(self) -> list[str]:
        file = self.home / "asked"
        return file.read_text().split() if file.exists() else []

    def tell(self, file: str, text: str = "") -> None:
        (self.home / file).write_text(text)

    def groups(self) -> list[pins.Group]:
        return pins.load(self.table)


TABLE = {
    "alpha": {"module": "example.com/alpha", "programs": {"one": "example.com/alpha/cmd/one", "two": "example.com/alpha/cmd/two"}},
    "beta": {"module": "example.com/beta", "ldflags": "-X v={version} -X m={major}.{minor}", "programs": {"three": "example.com/beta"}},
    "crds": {"module": "example.com/crds", "publish": "crds-{version}", "copies": {".": ["config", "extra/more.yaml"]}},
}


@pytest.fixture
def fake_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGo:
    """First in PATH; blanks in both paths, since users have them."""
    home, table = tmp_path / "go home", tmp_path / "pin table"
    home.mkdir()
    (home / "go").write_text(FAKE_GO)
    (home / "go").chmod(0o755)
    (home / "version").write_text("go1.26.9\n")
    for name in ("config/a.yaml", "config/b.yaml", "config/kustomization.yaml", "config/notes.txt", "extra/more.yaml"):
        file = home / "modules" / "example.com/crds" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"of: {name}\n")
    table.mkdir()
    (table / "pins.yml").write_text(yaml.safe_dump({"groups": TABLE}))
    for name in TABLE:
        (table / name).mkdir()
        (table / name / "go.mod").write_text(f"module lab/{name}\n\nrequire example.com/{name} v1.2.3 // indirect\n")
        (table / name / "go.sum").write_text(f"example.com/{name} v1.2.3 h1:x\n")
    monkeypatch.setenv("PATH", f"{home}:/usr/bin:/bin")
    return FakeGo(home, table)
