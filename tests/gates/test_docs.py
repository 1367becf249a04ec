# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that a user reads: plugin docs, role docs, change log."""

from __future__ import annotations

from gates.tools import COLLECTIONS, ROOT, must_pass, tool, tracked


def test_antsibull_docs() -> None:
    """`all`, because the modules take a documentation fragment from kubernetes.core. The tool reads the collection's name off the path."""
    link = COLLECTIONS / "ansible_collections" / "inference" / "gateway"
    argv = ["lint-collection-docs", "--plugin-docs", "--validate-collection-refs=all", "--skip-rstcheck", str(link)]
    must_pass(tool("antsibull_docs.cli.antsibull_docs", *argv))


def test_changelog() -> None:
    must_pass(tool("antsibull_changelog", "lint"))


def test_nothing_tells_of_the_machine_it_was_written_on() -> None:
    """The project stands alone: no absolute path of a workplace, no folder that only the authors have."""
    words = ("/" + "work/", "/" + "root/", ".." + "/shared", "b-" + "seed")
    in_images = "/" + "root/.ollama"  # where a published image keeps its data
    binary = (".png", ".gz", ".sum")
    told = [
        f"{name}: {word}"
        for name in tracked()
        if not name.endswith(binary)
        for word in words
        if word in (ROOT / name).read_text(encoding="utf-8", errors="replace").replace(in_images, "")
    ]
    assert not told
