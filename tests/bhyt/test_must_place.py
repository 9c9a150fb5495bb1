"""Each field of docs/must-place.toml, changed alone in a sample, changes exactly what lineage says it fills."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.adapter import Translation
from gateway.bundle import Resource
from tests.bhyt.building import IMAGING_RESULT, IMAGING_SERVICE, RESULT, SERVICE, SUMMARY, payload, translated, unplaced

MUST = tomllib.loads((Path(__file__).parents[2] / "docs" / "must-place.toml").read_text(encoding="utf-8"))["bhyt"]
FIELDS = [(table, name) for table, kinds in MUST.items() for names in kinds.values() for name in names]

FULL = SUMMARY | {"NGAY_MIEN_CCT": "20260601", "NAM_NAM_LIEN_TUC": "20260701"}
ROWS = {"XML1": FULL, "XML3": SERVICE, "XML4": RESULT | {"MO_TA": "mẫu tốt", "KET_LUAN": "Tăng"}}
FILM = {"XML1": FULL, "XML3": IMAGING_SERVICE, "XML4": IMAGING_RESULT}

# What a field is changed to; the others get another last character.
TO = {
    "GIOI_TINH": "2",
    "KET_QUA_DTRI": "1",
    "MA_LOAI_RV": "1",
    "MA_LOAI_KCB": "01",
    "NGAY_SINH": "199003160000",
    "DON_VI_DO": "K/uL",
    "MA_BENH_CHINH": "J17.9",
    "NHOM_MAU": "A-",
}
# Fields that stand in several places of a payload and mean one thing: changed in all at once.
TOGETHER = {"MA_LK": ("XML1", "XML3", "XML4"), "MA_DICH_VU": ("XML3", "XML4")}


def changed(text: str) -> str:
    return text[:-1] + ("1" if text[-1] != "1" else "2")


def of(rows: dict[str, dict[str, str]], facility: str = "01999") -> Translation:
    data = payload(rows["XML1"], [rows["XML3"]], [rows["XML4"]])
    return translated(data.replace(b"<MACSKCB>01999", f"<MACSKCB>{facility}".encode()))


def leaves(resources: list[Resource]) -> dict[str, str]:
    """Every leaf, by path; ids as the resource's place, the facility's own systems without its code."""
    counted: dict[str, int] = {}
    places: dict[str, str] = {}
    for resource in resources:
        index = counted.get(resource["resourceType"], 0)
        counted[resource["resourceType"]] = index + 1
        places[resource["id"]] = f"{resource['resourceType']}[{index}]"
    found: dict[str, str] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if key != "id" or "." in path:
                    walk(item, f"{path}.{key}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                walk(item, f"{path}[{index}]")
        else:
            text = str(getattr(value, "token", value)).removeprefix("urn:uuid:")
            found[path] = re.sub(r"\Aurn:vn:cskcb:[^:]*:", "urn:vn:cskcb:…:", places.get(text, text))

    for resource in resources:
        walk(resource, places[resource["id"]])
    return found


CASES = [
    pytest.param(table, name, rows, id=f"{table}.{name}-{kind}")
    for table, name in FIELDS
    for kind, rows in (("laboratory", ROWS), ("imaging", FILM))
    if rows[table][name]
]


def test_every_field_named_is_in_a_sample() -> None:
    assert FIELDS
    assert [(table, name) for table, name in FIELDS if not (ROWS[table][name] or FILM[table][name])] == []


@pytest.mark.parametrize(("table", "name", "rows"), CASES)
def test_a_changed_field_changes_what_lineage_names(table: str, name: str, rows: dict[str, dict[str, str]]) -> None:
    text = rows[table][name]
    new = TO.get(name) or changed(text)
    assert new != text
    tables = TOGETHER.get(name, (table,))
    other = {key: row | ({name: new} if key in tables else {}) for key, row in rows.items()}
    before, after = of(rows), of(other, new if name == "MA_CSKCB" else "01999")
    was, now = leaves(list(before.resources)), leaves(list(after.resources))
    differ = {path for path in was.keys() | now.keys() if was.get(path) != now.get(path)}
    at = {f"{key}.{name}" if key == "XML1" else f"{key}[1].{name}" for key in tables}
    named = {
        path
        for translation in (before, after)
        for path, source in translation.lineage.items()
        if at & {part.partition(" (")[0] for part in source.split(", ")}
    }
    assert differ, "nothing changed"
    assert differ <= named
    assert not at & set(unplaced(before))
