"""Occurrences of a service to DiagnosticReports with their Observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.bhyt.code_systems import STATUS_INFERRED, is_stopped, performing_facility
from adapters.bhyt.episode import Episode, refer
from adapters.bhyt.identity import Key, alike, awaited, result_keys
from adapters.bhyt.join import Occurrence, occurrences
from adapters.bhyt.observations import observation, place_category, place_effective, place_issued, service_code
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft


def translate_results(told: Told) -> list[Draft]:
    """Every row of XML4 has its Observation; every occurrence its report."""
    episode = told.episode
    reports: list[Draft] = []
    observations: list[Draft] = []
    rows = told.rows("XML4")
    keys = result_keys(rows)
    for row in alike(rows):
        episode.ledger.remark("warning", "duplicate", "bhyt-results-alike", row.path("NGAY_KQ"))
    for row in rows:
        if not (awaited(row) or row.text("NGAY_KQ")):
            episode.ledger.remark("warning", "required", "bhyt-result-untimed", row.path("NGAY_KQ"))
    for occurrence in occurrences(rows, told.services):
        report = Draft("DiagnosticReport", episode.id_of("DiagnosticReport", *_report_key(occurrence, keys)))
        order = _answer(told, occurrence)
        _begin_report(episode, report, occurrence)
        told.tie(report)
        if order is not None:
            refer(report, "basedOn[0]", order, "")
        elif occurrence.uncertain:
            row = occurrence.rows[0]
            episode.ledger.remark("information", "incomplete", "bhyt-join-uncertain", row.path("MA_DICH_VU"))
        for row in occurrence.rows:
            draft = observation(
                episode, occurrence, row, episode.id_of("Observation", *keys[row.number]), table_rows("XML4")
            )
            told.results[row.number] = told.tie(draft)
            if order is not None:
                refer(draft, "basedOn[0]", order, "")
            refer(report, f"result[{report.count('result')}]", draft, "")
            observations.append(draft)
        reports.append(report)
    if reports:
        episode.ledger.remark("information", "informational", "bhyt-status-inferred", "XML4")
    return [*reports, *observations]


def _report_key(occurrence: Occurrence, keys: Mapping[int, Key]) -> Key:
    """Service and result time; a row without a service is a report of its own, known as its result is."""
    if occurrence.service:
        return occurrence.service, occurrence.resulted
    return keys[occurrence.rows[0].number]


def _begin_report(episode: Episode, report: Draft, occurrence: Occurrence) -> None:
    waiting = [awaited(row) for row in occurrence.rows]
    if all(waiting):
        report.put("status", "registered")
    else:
        report.put("meta.tag[0]", STATUS_INFERRED)
        report.put("status", "partial" if any(waiting) else "final")
    place_category(report, "bhyt-ma-nhom-report", occurrence, occurrence.rows)
    first = occurrence.rows[0]
    report.place("code", service_code(episode, occurrence, first))
    place_effective(episode, report, occurrence)
    if timed := next((row for row in occurrence.rows if row.text("NGAY_KQ")), None):
        place_issued(episode, report, timed.text("NGAY_KQ"), timed.path("NGAY_KQ"))
    _place_answerable(episode, report, occurrence)
    _place_conclusion(report, occurrence.rows)


def _place_answerable(episode: Episode, report: Draft, occurrence: Occurrence) -> None:
    """The facility that issues the report (where a sent-out test was done, else this one), who did it, who read it."""
    first = occurrence.rows[0]
    if code := performing_facility(occurrence.service):
        refer(report, "performer[0]", episode.organization(code, first.path("MA_DICH_VU")), first.path("MA_DICH_VU"))
    else:
        episode.refer_to_facility(report, "performer[0]")
    if occurrence.order is not None:
        for found in occurrence.order.repetitions("NGUOI_THUC_HIEN"):
            refer(report, f"performer[{report.count('performer')}]", episode.practitioner(found), found.path)
            episode.ledger.use(found.path)
    readers: list[str] = []
    for row in occurrence.rows:
        for found in row.repetitions("MA_BS_DOC_KQ"):
            if found.value not in readers:
                refer(report, f"resultsInterpreter[{len(readers)}]", episode.practitioner(found), found.path)
                readers.append(found.value)


def _place_conclusion(report: Draft, rows: Sequence[TableRow]) -> None:
    """KET_LUAN of rows in words; beside a measured value it is that value's interpretation."""
    words = [row for row in rows if row.text("KET_LUAN") and not row.text("GIA_TRI")]
    if words:
        text = "\n".join(row.text("KET_LUAN") for row in words)
        report.put("conclusion", text, ", ".join(row.path("KET_LUAN") for row in words))


def _answer(told: Told, occurrence: Occurrence) -> Draft | None:
    """The ServiceRequest of a surely joined XML3 row; several reports may answer one order."""
    row = occurrence.order
    if row is None:
        return None
    order = told.orders[row.number]
    if row.number not in told.answered and not is_stopped(row.text("MA_DICH_VU")):
        order.put("status", "active" if all(map(awaited, occurrence.rows)) else "completed")
    told.answered.add(row.number)
    return order
