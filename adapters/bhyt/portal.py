"""What the BHXH portal checks of an episode, as numbered rules, as far as public sources tell (portal.toml).

For a hospital's IT team, before it sends to anyone; translating an episode asks none of this. An error is what a
published list or workbook says the portal refuses, a warning what is derived from the fields' meanings.
Of each rule and field the first few places are told, and how many more there are.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache

from adapters.bhyt.envelope import Hoso
from adapters.bhyt.tables import LISTS, TableRow, summary_of, written_by
from gateway.adapter import Record
from gateway.jsontext import loads
from gateway.mapping import mapping_file
from gateway.mapping.ledger import Ledger
from gateway.mapping.misread import hold_misread
from gateway.outcome import Issue, Severity

_MOST = 5  # places of one rule and field
_DAY, _MINUTE = re.compile(r"\d{8}\Z"), re.compile(r"\d{12}\Z")
_AMOUNT = re.compile(r"-?\d+(?:\.(?P<decimals>\d+))?\Z", re.ASCII)
_CARD = re.compile(r"[A-Z]{2}\d{13}\Z", re.ASCII)
# Total of XML1 ← the same of every row of XML2 and XML3, by the fields' meanings.
_SUMS = {
    "T_TONGCHI_BV": "THANH_TIEN_BV", "T_TONGCHI_BH": "THANH_TIEN_BH",
    "T_BHTT": "T_BHTT", "T_BNCCT": "T_BNCCT", "T_BNTT": "T_BNTT", "T_NGUONKHAC": "T_NGUONKHAC",
}  # fmt: skip
_ROUNDING = Decimal(1)  # đồng; line amounts carry two decimals
_ORDER = (("NGAY_VAO", "NGAY_RA"), ("NGAY_YL", "NGAY_TH_YL"), ("NGAY_TH_YL", "NGAY_KQ"), ("TU_NGAY", "DEN_NGAY"))
_STAYS = {"02", "03", "04", "06"}  # MA_LOAI_KCB whose days are counted from the first to the last, both included
_NO_DAYS = {"01", "07", "09"}

Tables = Mapping[str, list[TableRow]]


@dataclass(frozen=True, slots=True)
class Inspected:
    """An episode as the rules see it: its rows, the facility of the envelope, the decision it is written by."""

    tables: Tables
    summary: TableRow
    facility: str
    decision: str

    def rows(self) -> Iterator[TableRow]:
        for rows in self.tables.values():
            yield from rows


@cache
def _listed() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """``required``: table → fields; ``lists``: field → codes."""
    found = tomllib.loads(mapping_file("bhyt", "portal.toml").read_text("utf-8"))
    return {part: {name: frozenset(values) for name, values in of_it.items()} for part, of_it in found.items()}


@lru_cache
def _limits(decision: str) -> Mapping[str, Mapping[str, tuple[str, int | None]]]:
    """Table → field → its type and longest text, letters."""
    tables = loads(mapping_file("bhyt", f"layout-{decision}.json").read_bytes())["tables"]
    return {table: {name: (kind, longest) for name, kind, longest in of["fields"]} for table, of in tables.items()}


def inspected(record: Record) -> list[Issue]:
    """What the portal would say of a record; PayloadError when it cannot be opened, or has no XML1."""
    hoso: Hoso = record.content
    tables, _ = hoso.opened()
    if (summary := summary_of(tables)) is None:
        return [Issue("error", "required", "bhyt-portal-01", "XML1")]
    layout = written_by(tables, summary.text("NGAY_RA") or hoso.written)
    episode = Inspected(tables, summary, record.facility, layout.decision)
    told = [*_told_by_the_gateway(episode, hoso)]
    if hoso.form:  # goes elsewhere, by rules that are not known here
        return [*told, Issue("information", "not-supported", "bhyt-portal-other", hoso.form)]
    return [*told, *(issue for rule in _RULES for issue in _first_few(rule(episode)))]


def _told_by_the_gateway(episode: Inspected, hoso: Hoso) -> Iterator[Issue]:
    """What no rule of the portal's speaks of and translating would hold: the episode twice, text nobody can read."""
    if hoso.told_at:
        yield Issue(
            "error", "duplicate", "bhyt-episode-twice", episode.summary.path("MA_LK"), {"position": hoso.told_at}
        )
    ledger = Ledger()
    for row in episode.rows():
        for name, text in row.fields.items():
            hold_misread(text, "utf-8", row.path(name), ledger)
    yield from _first_few(ledger.issues)


def _first_few(found: Iterable[Issue]) -> Iterator[Issue]:
    counts: dict[str, int] = {}
    last: dict[str, Issue] = {}
    for issue in found:
        field = re.sub(r"\[\d+\]", "", issue.expression)
        counts[field] = counts.get(field, 0) + 1
        if counts[field] <= _MOST:
            yield issue
        last[field] = issue
    for field, count in counts.items():
        if count > _MOST:
            more = {"rule": last[field].rule, "more": count - _MOST}
            yield Issue(last[field].severity, "informational", "bhyt-portal-more", field, more)


def _issue(severity: Severity, number: int, row: TableRow, name: str, **parameters: object) -> Issue:
    return Issue(severity, "business-rule", f"bhyt-portal-{number:02}", row.path(name), parameters)


# ---- the rules ------------------------------------------------------------------------


def _required(episode: Inspected) -> Iterator[Issue]:
    if episode.decision not in ("4750", "3176"):
        return
    for row in episode.rows():
        for name in sorted(_listed()["required"].get(row.table, ())):
            if not row.text(name):
                yield _issue("error", 1, row, name)


def _lengths(episode: Inspected) -> Iterator[Issue]:
    """XML1 keeps several cards in one field: their list is as long as there are cards."""
    limits = _limits(episode.decision)
    for row in episode.rows():
        for name, (_, longest) in limits.get(row.table, {}).items():
            texts = [one.value for one in row.repetitions(name)] if name in LISTS else [row.text(name)]
            if longest is not None and any(len(text) > longest for text in texts):
                yield _issue("error", 2, row, name, longest=longest)


def _codes(episode: Inspected) -> Iterator[Issue]:
    """A single digit stands for two where a number lost its zero (written under QĐ 130)."""
    for row in episode.rows():
        for name, codes in _listed()["lists"].items():
            text = row.text(name)
            if text and text not in codes and text.zfill(2) not in codes:
                yield _issue("error", 3, row, name)


def _dates(episode: Inspected) -> Iterator[Issue]:
    for row in episode.rows():
        for name, text in row.fields.items():
            if not name.startswith("NGAY") or name == "NGAY_TAI_KHAM" or ";" in text or not text:
                continue
            day = _possible(text[:4], text[4:6], text[6:8], birth="SINH" in name)
            minute = _MINUTE.match(text) and text[8:10] < "24" and text[10:] < "60"
            if not day or not (_DAY.match(text) or minute):
                yield _issue("error", 4, row, name)


def _possible(year: str, month: str, day: str, *, birth: bool) -> bool:
    if birth and "00" in (month, day):  # only the year, or the year and the month, is known
        return day == "00" and month <= "12"
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _numbers(episode: Inspected) -> Iterator[Issue]:
    limits = _limits(episode.decision)
    for row in episode.rows():
        for name, (kind, _) in limits.get(row.table, {}).items():
            text = row.text(name)
            if kind != "number" or not text or name in _listed()["lists"]:
                continue
            if (found := _AMOUNT.match(text)) is None:
                yield _issue("error", 5, row, name)
            elif len(found["decimals"] or "") > (most := _decimals(name)):
                yield _issue("warning", 6, row, name, most=most)


def _decimals(name: str) -> int:
    """Unit prices and quantities three, amounts two (QĐ 4750, general notes)."""
    return 3 if name.startswith(("DON_GIA", "SO_LUONG")) else 2


def _order(episode: Inspected) -> Iterator[Issue]:
    """Compared to the day or the minute both have."""
    born = episode.summary.text("NGAY_SINH")[:8]
    born = born if _DAY.match(born) and "00" not in (born[4:6], born[6:]) else ""
    for row in episode.rows():
        for first, then in _ORDER:
            one, other = row.text(first), row.text(then)
            shared = min(len(one), len(other))
            if shared >= 8 and one[:shared] > other[:shared]:
                yield _issue("error", 7, row, then, before=first)
        for name in ("NGAY_VAO", "NGAY_RA", "NGAY_YL", "NGAY_KQ"):
            if born and _DAY.match(row.text(name)[:8]) and row.text(name)[:8] < born:
                yield _issue("error", 8, row, name)


def _same_episode(episode: Inspected) -> Iterator[Issue]:
    for row in episode.rows():
        if row.text("MA_LK") != episode.summary.text("MA_LK"):
            yield _issue("error", 9, row, "MA_LK")
        if row.table in ("XML1", "XML14") and row.text("MA_CSKCB") not in ("", episode.facility):
            yield _issue("error", 10, row, "MA_CSKCB")


def _sums(episode: Inspected) -> Iterator[Issue]:
    """Only where every amount is a number: what is none has its own rule."""
    lines = [row for table in ("XML2", "XML3") for row in episode.tables.get(table, ())]
    for total, part in _SUMS.items():
        texts = [episode.summary.text(total), *(row.text(part) or "0" for row in lines)]
        if lines and all(_AMOUNT.match(text) for text in texts):
            said, *amounts = map(Decimal, texts)
            if abs(said - sum(amounts)) > _ROUNDING:
                yield _issue("warning", 11, episode.summary, total, part=part)


def _joined(episode: Inspected) -> Iterator[Issue]:
    ordered = {row.text("MA_DICH_VU") for row in episode.tables.get("XML3", ())}
    for row in episode.tables.get("XML4", ()):
        if row.text("MA_DICH_VU") and row.text("MA_DICH_VU") not in ordered:
            yield _issue("warning", 12, row, "MA_DICH_VU")
    for rows in episode.tables.values():
        seen: set[str] = set()
        for row in rows:
            number = row.text("STT")
            if number and number in seen:
                yield _issue("warning", 13, row, "STT")
            seen.add(number)


def _present(episode: Inspected) -> Iterator[Issue]:
    """When a table belongs to an episode (notes of the appendix workbook of QĐ 4750)."""
    if episode.summary.table != "XML1":  # check-in: the episode has just begun
        return
    kind, left = episode.summary.text("MA_LOAI_KCB").zfill(2), episode.summary.text("MA_LOAI_RV")
    if "XML13" in episode.tables and left not in ("2", "5"):
        yield _issue("warning", 14, episode.summary, "MA_LOAI_RV", table="XML13")
    if kind in ("03", "04", "06") and "XML8" not in episode.tables:
        yield _issue("warning", 15, episode.summary, "MA_LOAI_KCB", table="XML8")
    if kind in ("02", "03", "04", "05", "06", "08", "09") and "XML5" not in episode.tables:
        yield _issue("warning", 15, episode.summary, "MA_LOAI_KCB", table="XML5")


def _days(episode: Inspected) -> Iterator[Issue]:
    summary = episode.summary
    kind, said = summary.text("MA_LOAI_KCB").zfill(2), summary.text("SO_NGAY_DTRI")
    try:
        first, last = (date.fromisoformat(summary.text(name)[:8]) for name in ("NGAY_VAO", "NGAY_RA"))
    except ValueError:
        return
    counted = 0 if kind in _NO_DAYS else (last - first).days + 1 if kind in _STAYS else None
    if counted is not None and said.isascii() and said.isdigit() and len(said) < 5 and int(said) != counted:
        yield _issue("warning", 16, summary, "SO_NGAY_DTRI")


def _cards(episode: Inspected) -> Iterator[Issue]:
    for card in episode.summary.repetitions("MA_THE_BHYT"):
        if not _CARD.match(card.value):
            yield Issue("warning", "business-rule", "bhyt-portal-17", card.path)


_RULES: tuple[Callable[[Inspected], Iterator[Issue]], ...] = (
    _required, _lengths, _codes, _dates, _numbers, _order, _same_episode, _sums, _joined, _present, _days, _cards,
)  # fmt: skip
