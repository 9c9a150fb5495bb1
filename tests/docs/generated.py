"""The parts of documents that the code itself says. ``python -m tests.docs.generated`` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from gateway.delivery import diagram
from gateway.settings import settings_table
from tests.blueprint import ROOT


def settings_rows() -> str:
    """Every setting with its default and meaning, as a Markdown table."""
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |" for name, default, meaning in settings_table()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def delivery_states() -> str:
    """The table of transitions as a Mermaid diagram."""
    return f"```mermaid\n{diagram()}```"


# document → what stands between its "generated" marks
GENERATED: dict[Path, Callable[[], str]] = {
    Path("docs/settings.md"): settings_rows,
    Path("docs/flow.md"): delivery_states,
}
_PART = re.compile(r"(<!-- generated: begin -->\n).*?(<!-- generated: end -->)", re.DOTALL)


def with_generated(text: str, part: str) -> str:
    """The document with its generated part replaced; ValueError when it has not exactly one."""
    made, times = _PART.subn(lambda found: found.group(1) + part + "\n" + found.group(2), text)
    if times != 1:
        raise ValueError("one part between 'generated: begin' and 'generated: end' expected")
    return made


def write() -> None:
    for document, part in GENERATED.items():
        path = ROOT / document
        path.write_text(with_generated(path.read_text(encoding="utf-8"), part()), encoding="utf-8")


if __name__ == "__main__":
    write()
