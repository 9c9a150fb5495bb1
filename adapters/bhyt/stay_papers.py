"""XML7, the discharge paper, and XML8, the summary of the record: a Composition each, with the relatives they name."""

from __future__ import annotations

from adapters.bhyt.identity import row_keys
from adapters.bhyt.kin import relatives
from adapters.bhyt.papers import (
    begin_composition,
    finish_composition,
    name_author,
    place_attester,
    place_author,
    place_card,
    place_stays,
)
from adapters.bhyt.said_again import hold_against_summary
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place

_DISCHARGE_SUMMARY = "18842-5"
_EPISODE_SUMMARY = "34133-9"


def translate_discharge(told: Told) -> list[Draft]:
    """XML7: one paper, or one a child for twins."""
    rows = told.rows("XML7")
    keys = row_keys(rows, "SO_LUU_TRU")
    made = []
    for row in rows:
        paper = begin_composition(told, _id(told, row, keys), loinc=_DISCHARGE_SUMMARY, title="Giấy ra viện")
        place_author(told, row, paper, "MA_BS")
        name_author(told, row, paper)
        hold_against_summary(told, row, ("MA_YTE",))
        made += _finished(told, row, paper)
    return made


def translate_record_summary(told: Told) -> list[Draft]:
    """XML8."""
    rows = told.rows("XML8")
    keys = row_keys(rows)
    made = []
    for row in rows:
        paper = begin_composition(told, _id(told, row, keys), loinc=_EPISODE_SUMMARY, title="Tóm tắt hồ sơ bệnh án")
        hold_against_summary(told, row, ("MA_LOAI_KCB",))
        made += _finished(told, row, paper)
    return made


def _id(told: Told, row: TableRow, keys: dict[int, tuple[str, ...]]) -> str:
    return told.episode.id_of("Composition", row.table, *keys[row.number])


def _finished(told: Told, row: TableRow, paper: Draft) -> list[Draft]:
    place(table_rows(row.table), row, {"Composition": paper}, told.episode, told.ledger)
    place_stays(told, row, paper)
    place_attester(told, row, paper)
    place_card(told, row, told.patient)
    finish_composition(told, paper)
    return [paper, *relatives(told, row, told.patient)]
