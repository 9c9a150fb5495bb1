"""The parts of documents that the code itself says. ``python -m tests.docs.generated`` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.delivery import diagram
from gateway.r4.built_in import promised
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


def promised_profiles() -> str:
    """What each profile of the gateway asks, element by element, in both languages."""
    return "\n\n".join(_profile_table(definition) for definition in promised().values())


def _profile_table(definition: dict[str, Any]) -> str:
    rows = definition["differential"]["element"]
    lines = [
        f"### {definition['title']}: `{definition['id']}` ({definition['type']})",
        f"{definition['description']} {_vietnamese(definition, 'description')}",
        "| element | times | |\n|---|---|---|\n" + "\n".join(map(_element_row, rows[1:])),
    ]
    rules = [(one, row["id"]) for row in rows for one in row.get("constraint", ())]
    lines += [
        f"- `{one['key']}` ({one['severity']}, at `{at}`): {one['human']} {_vietnamese(one, 'human')}"
        for one, at in rules
    ]
    return "\n\n".join(lines[:3]) + ("\n\n" + "\n".join(lines[3:]) if rules else "")


def _element_row(row: dict[str, Any]) -> str:
    name = row["id"].partition(".")[2]
    times = f"{row.get('min', 0)}..{row.get('max', '*')}" if row.get("min") or "max" in row else ""
    return f"| `{name}` | {times} | {row['short']} {_vietnamese(row, 'short')} |"


def _vietnamese(holder: dict[str, Any], key: str) -> str:
    """What stands beside an English text, in R4's extension for translations."""
    text: str = holder[f"_{key}"]["extension"][0]["extension"][1]["valueString"]
    return f"<br>*{text}*"


# document → what stands between its "generated" marks
GENERATED: dict[Path, Callable[[], str]] = {
    Path("docs/settings.md"): settings_rows,
    Path("docs/flow.md"): delivery_states,
    Path("docs/profiles.md"): promised_profiles,
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
