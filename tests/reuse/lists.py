"""Small lists that tests write, and folders of them."""

from __future__ import annotations

from pathlib import Path

HEAD = """\
name = "{name}"
version = "1"
layer = "{layer}"
applies_to = "{applies_to}"
author = "A test"
source = "A test"
valid_from = 2026-01-01
"""

GROUPS = """
[[group]]
id = "test-a"
kind = "laboratory"
en = "Test A"
vi = "Xét nghiệm A"
codes = ["urn:test|A"]

[[group]]
id = "test-x"
kind = "imaging"
en = "Image X"
vi = "Hình X"
codes = ["urn:test|X"]
"""

RULE = """
[[rule]]
id = "{id}"
group = "{group}"
window = "{window}"
"""


def head(name: str = "own", layer: str = "national", applies_to: str = "") -> str:
    return HEAD.format(name=name, layer=layer, applies_to=applies_to)


def rule(id: str = "rule-a", group: str = "test-a", window: str = "24 h", more: str = "") -> str:
    return RULE.format(id=id, group=group, window=window) + more


def folder(at: Path, **files: str) -> Path:
    """Each argument is a file: ``clinic="…"`` is clinic.toml."""
    at.mkdir(exist_ok=True)
    for name, text in files.items():
        (at / f"{name}.toml").write_text(text, encoding="utf-8")
    return at
