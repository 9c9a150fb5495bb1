"""The parts of documents that the code itself says. ``python -m tests.docs.generated`` writes them anew."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import structlog

from adapters.bhyt import BhytAdapter
from adapters.bhyt.table_maps import table_maps
from adapters.hl7v2.coverage.account import NOTHING_SAID
from adapters.hl7v2.coverage.ig import structures
from adapters.hl7v2.coverage.trial import UNREAD
from gateway.coverage import Covered, State, Tally, in_all
from gateway.delivery import diagram
from gateway.messages import catalogue
from gateway.r4.built_in import promised
from gateway.reuse.reasons import EFFECTS
from gateway.settings import settings_table
from tests.blueprint import ROOT
from tests.hl7v2.accounted import accounted
from tests.hl7v2.safety.page import value_safety
from tests.reuse.stories.page import reuse_stories
from tests.stories.page import stories_page


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


def hl7v2_coverage() -> str:
    """HL7's rows by segment map and by message, and every row that is not honoured, with its reason."""
    rows = accounted()
    total = in_all(rows)
    maps = {name: in_all(each) for name, each in _grouped(rows, lambda row: row.map).items()}
    messages = {
        name: Tally.of(row.state for row in each) for name, each in _grouped(rows, lambda row: row.message).items()
    }
    return "\n\n".join([
        f"**{total.percent} %**: of {total.rows} rows {total.honoured} are honoured in every message that uses them, "
        f"{total.deliberately_not} are deliberately not, {total.not_yet} not yet.",
        "## By segment map",
        _tallies("segment map", maps),
        "## By message",
        _tallies("structure", messages),
        "## Deliberately not",
        _reasons(row for row in rows if row.state is State.DELIBERATELY_NOT),
        "## Not yet",
        "Besides the rows that nothing is said of, and structures not read:",
        _reasons(row for row in rows if row.state is State.NOT_YET and row.why not in (NOTHING_SAID, UNREAD)),
    ])  # fmt: skip


def bhyt_coverage() -> str:
    """Every field of the newest decision: where it is seen, or why not."""
    rows = list(BhytAdapter().coverage())
    total = in_all(rows)
    tables = _grouped(rows, lambda row: row.map)
    return "\n\n".join([
        f"Of {total.rows} fields {total.honoured} are placed, {total.deliberately_not} are deliberately not, "
        f"{total.not_yet} not yet.",
        _tallies("table", {name: in_all(each) for name, each in tables.items()}),
        *(f"## {name}\n\n{_fields(each)}" for name, each in tables.items()),
    ])  # fmt: skip


def _fields(rows: Iterable[Covered]) -> str:
    """A table's fields with where each is seen, and by Python if no mapping row places it; or why it is not placed."""
    lines = []
    for one in rows:
        mapping = table_maps().get(one.map)
        by = mapping.finish.get(one.row, "") if mapping else ""
        seen = "<br>".join(f"`{at}`" for at in one.at.split(", ")) if one.at else f"*{one.state}*"
        lines.append(f"| {one.row} | {seen} | {one.why or by} |")
    return "\n".join(["| field | seen at | by Python, or why not |", "|---|---|---|", *lines])


def _grouped(rows: Iterable[Covered], key: Callable[[Covered], str]) -> dict[str, list[Covered]]:
    made: dict[str, list[Covered]] = {}
    for row in rows:
        made.setdefault(key(row), []).append(row)
    return dict(sorted(made.items(), key=lambda group: _in_order(group[0])))


def _in_order(name: str) -> tuple[str, int]:
    """XML2 before XML10."""
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :] or 0)


def _tallies(name: str, tallies: dict[str, Tally]) -> str:
    lines = [
        f"| {name} | {one.rows} | {one.honoured} | {one.deliberately_not} | {one.not_yet} | {one.percent} |"
        for name, one in tallies.items()
    ]
    return "\n".join(
        [f"| {name} | rows | honoured | deliberately not | not yet | % |", "|---|--:|--:|--:|--:|--:|", *lines]
    )


def _reasons(rows: Iterable[Covered]) -> str:
    """Map, row and reason, each once; the messages where it is so in some only."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for one in rows:
        found.setdefault((one.map, one.row, one.why), []).append(one.message)
    using = {name: sum(name in maps for maps in structures().values()) for name in {key[0] for key in found}}
    lines = []
    for (name, row, why), where in sorted(found.items()):
        only = "" if len(where) == using[name] else f" ({', '.join(where)})"
        lines.append(f"| {name} | `{row}` | {why.replace('|', '&#124;')}{only} |")
    return "\n".join(["| segment map | row | why |", "|---|---|---|", *lines]) if lines else "None."


def reuse_reasons() -> str:
    """Every reason of a verdict with its effect, worst last, and its sentence in both languages."""
    rows = [
        f"| `{code}` | `{effect}` | {catalogue()[code]['en']}<br>*{catalogue()[code]['vi']}* |"
        for code, effect in EFFECTS.items()
    ]
    return "\n".join(["| reason | leaves at best | is said |", "|---|---|---|", *rows])


# document → what stands between its "generated" marks
GENERATED: dict[Path, Callable[[], str]] = {
    Path("docs/settings.md"): settings_rows,
    Path("docs/flow.md"): delivery_states,
    Path("docs/profiles.md"): promised_profiles,
    Path("docs/adapters/hl7v2-coverage.md"): hl7v2_coverage,
    Path("docs/adapters/hl7v2-value-safety.md"): value_safety,
    Path("docs/adapters/bhyt-coverage.md"): bhyt_coverage,
    Path("docs/stories.md"): stories_page,
    Path("docs/reuse-verdict.md"): reuse_reasons,
    Path("docs/reuse-stories.md"): reuse_stories,
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


if __name__ == "__main__":  # the stories run a gateway, which would log each request
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    write()
