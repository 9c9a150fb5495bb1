"""``[[view]]``: reports from a view in a hospital's database, by a mark that grows with every change of a row.

A look asks for the rows whose mark is the remembered one or more, less an overlap for transactions
that commit late. A row is told by its mark and key; one that was not seen yet makes its whole report be
read and posted as CSV. The mark moves when the gateway has every report of the page; a report
that was left holds it back.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import structlog
from marshmallow import ValidationError, fields, validate, validates_schema

from gateway.collect import instants
from gateway.collect.canonical import ENDING, MEDIA_TYPE, csv_of
from gateway.collect.collector import Fate, Told
from gateway.collect.door import Answer, Door, Payload, refused_here
from gateway.collect.marks import Marks
from gateway.collect.sent import Sent
from gateway.collect.written import Place, WrittenSchema
from gateway.errors import SettingsError, SourceUnavailable
from gateway.outcome import Issue
from gateway.steps import Step, reached
from gateway.store.source import Changed, Row, Source, View

log = structlog.get_logger("gateway.collect")

LONGEST_REPORT = 20_000  # rows; more mean that the columns of `report` name something else
MOST_SEEN = 200_000  # rows remembered within the overlap; of more, the oldest are posted again and change nothing
_FIRST_AGAIN, _LONGEST_AGAIN = 30.0, 3600.0  # seconds until a report that was left is tried again


def _names() -> fields.List[Any]:
    return fields.List(
        fields.String(validate=validate.Length(min=1, max=128)), required=True, validate=validate.Length(min=1)
    )


class ViewSchema(WrittenSchema):
    """``[[view]]``. ``overlap``: seconds of a mark that is a time, else units of it."""

    database = fields.String(load_default="")
    database_file = fields.String(load_default="")
    view = fields.String(required=True, validate=validate.Regexp(r"[^\s\"'`;]{1,200}\Z"))
    columns = _names()
    mark = fields.String(required=True, validate=validate.Length(min=1, max=128))
    key = _names()
    report = _names()
    since = fields.Raw(required=True)
    overlap = fields.Integer(load_default=600, validate=validate.Range(min=0, max=7 * 86_400))
    page_rows = fields.Integer(load_default=1000, validate=validate.Range(min=1, max=50_000))
    statement_seconds = fields.Integer(load_default=30, validate=validate.Range(min=1, max=600))
    max_bytes = fields.Integer(load_default=20 * 1024 * 1024, validate=validate.Range(min=1, max=1024**3))

    @validates_schema
    def _whole(self, given: dict[str, Any], **_: Any) -> None:
        if bool(given.get("database")) == bool(given.get("database_file")):
            raise ValidationError("The URL of the database or a file that holds it is expected", "database")
        if "since" in given and not instants.is_mark(given["since"]):
            raise ValidationError("A time, a date, a whole number or a text is expected", "since")


def read_view(table: dict[str, Any], place: Place) -> ViewCollector:
    """The collector of a ``[[view]]`` table; SettingsError where the database's URL or driver is none."""
    url = table["database"] or _url_in(place.path(table["database_file"]))
    names = {name: tuple(table[name]) for name in ("columns", "key", "report")}
    view = View(table["view"], mark=table["mark"], **names)
    source = Source(url, view, seconds=table["statement_seconds"])
    return ViewCollector(table, view, source, Marks(place.state), place.door)


def _url_in(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError("collect-database-file") from None


class ViewCollector:
    kind = "view"

    def __init__(self, table: dict[str, Any], view: View, source: Source, marks: Marks, door: Door) -> None:
        """``table``: as ViewSchema loads it."""
        self.name: str = table["name"]
        self.poll_seconds: float = table["poll_seconds"]
        self._table = table
        self._view = view
        self._source = source
        self._marks = marks
        self._sent = Sent(marks.folder / "sent.db")
        self._door = door
        self._failed: dict[str, tuple[int, float]] = {}  # report → times, until (time.monotonic)
        self._looked_at_marks = False
        self._memory: Memory | None = None

    # ---- the contract -----------------------------------------------------------------

    def check(self) -> Sequence[Issue]:
        self._marks.hold()
        Memory.read(self._marks, self._table["since"])
        with self._source.reading() as reading:
            found = [
                Issue("error", "incomplete", "source-null", parameters={"columns": ", ".join(names)})
                for names in ((self._view.mark,), self._view.key)
                if reading.without(names)
            ]
        self._door.knock()
        return found

    def once(self) -> Iterator[Told]:
        self._marks.hold()
        if self._memory is None:
            self._memory = Memory.read(self._marks, self._table["since"])
        memory = self._memory
        low = instants.less(memory.mark, self._table["overlap"])
        yield from self._nameless(low)
        after, floor = None, None
        while True:
            rows, reports = self._page(low, after, memory)
            left: list[Any] = []  # marks of rows whose report the gateway does not have
            try:
                for of, found in reports.items():
                    told = self._settled(of, found)
                    if told.fate is Fate.LEFT:
                        left += [row.mark for row in rows if row.of == of]
                    else:
                        memory.saw(row for row in rows if row.of == of)
                    yield told
            finally:  # left early too: what was taken is remembered, and the mark goes no further than that
                open_marks = [row.mark for row in rows if row not in memory]
                floor = min(open_marks if floor is None else [floor, *open_marks], default=floor)
                if rows:
                    memory.move(rows[-1].mark if floor is None else floor)
                    memory.write(self._marks, self._table["overlap"])
            if len(rows) < self._table["page_rows"]:
                return
            after = rows[-1]

    def close(self) -> None:
        self._sent.close()
        self._marks.close()
        self._source.close()

    # ---- what is there ----------------------------------------------------------------

    def _nameless(self, low: Any) -> Iterator[Told]:
        """Rows that no mark and no key tells from others are never found again: said, look after look."""
        with self._source.reading() as reading:
            nameless = reading.without(self._view.key, low)
            if not self._looked_at_marks:  # without a mark no index helps: once is enough
                nameless = reading.without((self._view.mark,)) or nameless
                self._looked_at_marks = True
        if nameless:
            log.warning("collect-left", collector=self.name, rule="source-null")
            yield Told(Fate.LEFT, "source-null")

    def _page(
        self, low: Any, after: Changed | None, memory: Memory
    ) -> tuple[list[Changed], dict[tuple[str, Row], list[Row] | None]]:
        """Changed rows, and all rows of each report that one not yet seen belongs to; None: it is tried later."""
        with self._source.reading() as reading:
            rows = reading.changed(low, after, self._table["page_rows"])
            unseen = dict.fromkeys(row.of for row in rows if row not in memory)
            reports = {of: None if self._wait(_digest(of)) > 0 else reading.report(of, LONGEST_REPORT) for of in unseen}
        return rows, reports

    # ---- one report -------------------------------------------------------------------

    def _settled(self, of: tuple[str, Row], rows: list[Row] | None) -> Told:
        key = _digest(of)
        if rows is None:
            return Told(Fate.LEFT, "collect-left-before", max(self._wait(key), 0.0))
        if len(rows) > LONGEST_REPORT:
            rule = "source-report-too-long"
            self._note_failure(key)
            told = Issue("error", "too-long", rule, parameters={"rows": LONGEST_REPORT, "columns": self._named(of)})
            log.warning("collect-left", collector=self.name, rule=rule, text=told.text())
            return Told(Fate.LEFT, rule)
        begun = time.monotonic()
        content = csv_of(self._view.columns, rows)
        # A report that is again what it was before is news, and no repetition: the gateway must not take it for one.
        content += b"\r\n" * self._sent.earlier(key, content)
        payload = Payload(content, MEDIA_TYPE, self._table["adapter"])
        reached(Step.COLLECT_READ)
        answer = self._answer(payload)
        reached(Step.COLLECT_ANSWERED)
        log.info(
            "collected", collector=self.name, fate=answer.fate.value, status=answer.status, payload=answer.sha256,
            rows=len(rows), exchanges=answer.exchanges[:20], rules=answer.rules,
            ms=round((time.monotonic() - begun) * 1000, 1),
        )  # fmt: skip
        if answer.fate is Fate.LEFT:
            self._note_failure(key)
        else:
            self._failed.pop(key, None)
        if answer.fate is Fate.REFUSED:
            self._marks.put_aside(answer, payload.content, ENDING)
        return Told(answer.fate, "" if answer.fate is Fate.TAKEN else next(iter(answer.rules), "collect-left"))

    def _wait(self, key: str) -> float:
        """Seconds until a report that was left is tried again; 0 or less: now."""
        return self._failed.get(key, (0, 0.0))[1] - time.monotonic()

    def _note_failure(self, key: str) -> None:
        times = self._failed.get(key, (0, 0.0))[0]
        self._failed[key] = (times + 1, time.monotonic() + min(_FIRST_AGAIN * 2.0 ** min(times, 16), _LONGEST_AGAIN))

    def _named(self, of: tuple[str, Row]) -> str:
        """By which columns."""
        return ", ".join(self._view.report if of[0] == "report" else self._view.key)

    def _answer(self, payload: Payload) -> Answer:
        limit: int = self._table["max_bytes"]
        if len(payload.content) > limit:
            told = Issue("error", "too-long", "collect-too-large", parameters={"limit": limit})
            return refused_here(told, payload.sha256)
        return self._door.post(payload)


class Memory:
    """``mark``: up to which everything is settled. ``in``: whether a row was settled, within the overlap."""

    def __init__(self, mark: Any, seen: dict[str, Any]) -> None:
        self.mark = mark
        self._seen = seen  # digest of mark and key → mark
        self._changed = False

    @classmethod
    def read(cls, marks: Marks, since: Any) -> Memory:
        """What is remembered, else the mark ``since``."""
        found = marks.read()
        try:
            if not found:
                return cls(since, {})
            seen = {
                digest: mark
                for told, digests in found["seen"]
                for mark in (instants.read(told),)
                for digest in digests.split()
            }
            return cls(instants.read(found["mark"]), seen)
        except (KeyError, ValueError, TypeError, AttributeError):
            raise SourceUnavailable("collect-state-broken") from None

    def __contains__(self, row: Changed) -> bool:
        return _digest((row.mark, row.key)) in self._seen

    def saw(self, rows: Iterator[Changed]) -> None:
        for row in rows:
            self._seen[_digest((row.mark, row.key))] = row.mark
            self._changed = True

    def move(self, mark: Any) -> None:
        self._changed = self._changed or mark != self.mark
        self.mark = mark

    def write(self, marks: Marks, overlap: int) -> None:
        """Durable when this returns. What no look will meet again is forgotten."""
        if not self._changed:
            return
        low = instants.less(self.mark, overlap)
        kept = [(mark, digest) for digest, mark in self._seen.items() if mark >= low][-MOST_SEEN:]
        self._seen = {digest: mark for mark, digest in kept}
        by_mark: dict[Any, list[str]] = {}
        for mark, digest in kept:
            by_mark.setdefault(mark, []).append(digest)
        seen = [[instants.written(mark), " ".join(digests)] for mark, digests in by_mark.items()]
        marks.write({"mark": instants.written(self.mark), "seen": seen})
        self._changed = False


def _digest(value: Any) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:24]
