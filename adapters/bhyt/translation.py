"""One HOSO to FHIR, step by step; every field given is placed or listed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from adapters.bhyt.code_systems import facility_code
from adapters.bhyt.converters import converter
from adapters.bhyt.envelope import Hoso
from adapters.bhyt.episode import Episode
from adapters.bhyt.layouts import known_fields, layout_of
from adapters.bhyt.measurements import summary_observations
from adapters.bhyt.observations import Rows
from adapters.bhyt.person import coverages, finish_patient, patient_key
from adapters.bhyt.reports import results
from adapters.bhyt.stay import conditions, encounter, finish_encounter
from adapters.bhyt.tables import TableRow, open_tables
from gateway.adapter import Profile, Record, Translation
from gateway.bundle import deterministic_id
from gateway.errors import PayloadError
from gateway.mapping import mapping_file
from gateway.mapping.draft import Draft, assemble
from gateway.mapping.ledger import Ledger
from gateway.mapping.misread import hold_misread
from gateway.mapping.placing import compile_rows, place
from gateway.mapping.rows import MappingFile, load_mapping

TRANSLATED = ("XML1", "XML3", "XML4")


@lru_cache(maxsize=1)
def mappings() -> dict[str, MappingFile]:
    """The mapping file of each translated table, checked to speak of every field of every decision."""
    return {table: load_mapping(mapping_file("bhyt", f"{table}.toml"), known_fields(table)) for table in TRANSLATED}


@lru_cache(maxsize=1)
def compiled_rows() -> dict[str, Rows]:
    """The rows of each mapping file with their converters."""
    return {table: compile_rows(mapping.rows, converter, str) for table, mapping in mappings().items()}


def translate(record: Record, profile: Profile) -> Translation:
    """PayloadError when the record's form is broken, it is another facility's, or it names no patient."""
    hoso: Hoso = record.content
    tables = open_tables(hoso.element)
    if "XML1" not in tables:
        raise PayloadError("bhyt-table-missing", "XML1")
    (summary,) = tables["XML1"]
    if not summary.text("MA_LK"):
        raise PayloadError("bhyt-episode-missing", "XML1.MA_LK")
    if summary.text("MA_CSKCB") and summary.text("MA_CSKCB") != record.facility:
        raise PayloadError("bhyt-facility-differs", "XML1.MA_CSKCB")

    ledger = Ledger()
    key = patient_key(summary)
    content = {table: frozenset(name for row in rows for name in row.fields) for table, rows in tables.items()}
    layout = layout_of(content, summary.text("NGAY_RA") or hoso.written)
    ledger.remark("information", "informational", "bhyt-decision", "XML1", decision=layout.decision)
    episode = Episode(
        facility=profile.code or record.facility,
        code=record.facility,
        number=summary.text("MA_LK"),
        layout=layout,
        profile=profile,
        summary=summary,
        ledger=ledger,
        patient_key=key,
    )
    if hoso.told_at:
        ledger.hold("duplicate", "bhyt-episode-twice", "XML1.MA_LK", position=hoso.told_at)
    _leave_other_episodes(episode, tables)

    patient = Draft("Patient", deterministic_id(episode.facility, "Patient", *key))
    stay = encounter(episode, patient)
    insurances = coverages(episode, patient)
    drafts = {"Patient": patient, "Encounter": stay, **({"Coverage": insurances[0]} if insurances else {})}
    place(compiled_rows()["XML1"], summary, drafts, episode, ledger)
    finish_patient(episode, patient)
    finish_encounter(episode, stay)
    diagnoses = conditions(episode, patient, stay)
    found = results(episode, patient, stay, tables, compiled_rows())
    measurements = summary_observations(episode, patient, stay)
    if found.reports:
        ledger.remark("information", "informational", "bhyt-status-inferred", "XML4")

    _account(episode, tables)
    resources, lineage = assemble(
        [
            patient,
            *episode.organizations.values(),
            *episode.staff.values(),
            stay,
            *insurances,
            *diagnoses,
            *found.orders,
            *found.reports,
            *found.observations,
            *measurements,
        ]
    )
    sent_to = summary.text("MA_NOI_DEN")
    recipients = [sent_to] if facility_code(sent_to) and sent_to != record.facility else []
    return Translation(resources, ledger.issues, ledger.unplaced, lineage, recipients, ledger.holds)


def _leave_other_episodes(episode: Episode, tables: dict[str, list[TableRow]]) -> None:
    """A row under another MA_LK may be another patient's: never placed here, and a person looks."""
    for table in TRANSLATED[1:]:
        kept = []
        for row in tables.get(table, []):
            if row.text("MA_LK") in ("", episode.number):
                kept.append(row)
                continue
            episode.ledger.hold("conflict", "bhyt-row-of-another-episode", row.path("MA_LK"))
            for found in row.given():
                episode.ledger.leave(found.path, "the row names another episode than XML1", clinical=True)
        if table in tables:
            tables[table] = kept


def _account(episode: Episode, tables: dict[str, list[TableRow]]) -> None:
    """What was not placed is listed: by the mapping file's reason, or because nothing knows the field."""
    ledger = episode.ledger
    for table, rows in tables.items():
        if table in TRANSLATED:
            for row in rows:
                _account_row(episode, row, mappings()[table])
        else:
            # Never a value of it: XML6 and XML15 say what the patient would not have everyone know.
            ledger.leave(table, f"table not translated yet; rows: {len(rows)}")


def _account_row(episode: Episode, row: TableRow, mapping: MappingFile) -> None:
    ledger = episode.ledger
    known = known_fields(row.table)
    for name, text in row.fields.items():
        hold_misread(text, "utf-8", row.path(name), ledger)
    for name in row.twice:
        ledger.hold("duplicate", "bhyt-field-twice", row.path(name))
        ledger.leave(
            f"{row.path(name)} (again)", "the element occurs twice in its row; the first is placed", clinical=True
        )
    for name in _strange(row, known):
        ledger.remark("warning", "extension", "bhyt-field-unknown", row.path(name))
        ledger.leave(row.path(name), "no decision has this field in this table")
    if row.text("MA_LK") and row.table != "XML1":
        ledger.use(row.path("MA_LK"))
    for found in row.given():
        name = found.path.rpartition(".")[2].partition("[")[0]
        if ledger.used(found.path) or name not in known:
            continue
        ledger.leave(found.path, mapping.unplaced.get(name) or _not_placed(row))


def _strange(row: TableRow, known: Iterable[str]) -> list[str]:
    """Elements no decision knows, and known ones with elements inside where a text belongs."""
    return [name for name in row.fields if (name not in known and row.text(name)) or name in row.nested]


def _not_placed(row: TableRow) -> str:
    if row.table == "XML3":
        return "no resource for services yet: the row has no result in XML4, or which is its own is uncertain"
    return "what it belongs to is not in the record"
