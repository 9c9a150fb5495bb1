"""A record as a payload, translated; and where a field's change is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from adapters.bhyt.coverage.witnesses import Shown, witnesses
from adapters.bhyt.envelope import CHECK_IN_ROOT, records
from adapters.bhyt.layouts import row_names
from adapters.bhyt.translation import translate
from gateway.adapter import DefaultProfile, Translation
from gateway.jsontext import dumps

_INDEX = re.compile(r"\[[0-9]+\]")

Rows = Mapping[str, Mapping[str, str]]


def payload(rows: Rows) -> bytes:
    """A payload of one row a table, of the facility XML1 names; of XML0 alone it is the check-in data's own form."""
    if list(rows) == ["XML0"]:
        return f"<{CHECK_IN_ROOT}><DSACH>{_row('XML0', rows['XML0'])}</DSACH></{CHECK_IN_ROOT}>".encode()
    files = "".join(
        f"<FILEHOSO><LOAIHOSO>{table}</LOAIHOSO><NOIDUNGFILE><T>{_row(table, row)}</T></NOIDUNGFILE></FILEHOSO>"
        for table, row in rows.items()
    )
    facility = rows["XML1"]["MA_CSKCB"]
    return (
        f"<GIAMDINHHS><THONGTINDONVI><MACSKCB>{facility}</MACSKCB></THONGTINDONVI><THONGTINHOSO>"
        f"<NGAYLAP>20261120</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO><HOSO>{files}</HOSO></DANHSACHHOSO>"
        "</THONGTINHOSO></GIAMDINHHS>"
    ).encode()


def _row(table: str, row: Mapping[str, str]) -> str:
    name = row_names()[table]
    return f"<{name}>" + "".join(f"<{key}>{escape(text)}</{key}>" for key, text in row.items()) + f"</{name}>"


def rows_of(table: str, shown: Shown, change: str = "") -> dict[str, dict[str, str]]:
    """The rows of a record by table, the field ``change`` set to its second value."""
    made: dict[str, dict[str, str]] = {}
    if table not in ("XML0", "XML1"):
        made["XML1"] = dict(witnesses("XML1")[0].says)
    made |= {other: dict(row) for other, row in shown.beside.items()}
    made[table] = dict(shown.says)
    if change:
        made[table][change] = shown.changed[change]
    return made


@lru_cache(maxsize=256)
def _translated(data: bytes) -> tuple[Translation, dict[str, str]]:
    """A payload's translation with its leaves by lineage path: ``Patient[0].birthDate`` → its text."""
    (record,) = records(data)
    made = translate(record, DefaultProfile())
    return made, dict(_leaves(made))


def shown_at(table: str, shown: Shown, field: str) -> list[str]:
    """Elements (``Patient.birthDate``) whose lineage names the field and that say something else when it does."""
    seen = []
    one, other = (_translated(payload(rows_of(table, shown, change))) for change in ("", field))
    for made, leaves, others in ((one[0], one[1], other[1]), (other[0], other[1], one[1])):
        for path, source in made.lineage.items():
            if _names(source, table, field) and leaves[path] != others.get(path):
                seen.append(_INDEX.sub("", path))
    return list(dict.fromkeys(seen))


def _names(source: str, table: str, field: str) -> bool:
    """True when a lineage text is about the field: ``XML4[1].MA_MAY[2] (…), XML3[1].MA_MAY``."""
    said = {_INDEX.sub("", part.partition(" (")[0]) for part in source.split(", ")}
    return f"{table}.{field}" in said


def _leaves(made: Translation) -> Iterator[tuple[str, str]]:
    counted: dict[str, int] = {}
    for resource in made.resources:
        index = counted.get(resource["resourceType"], 0)
        counted[resource["resourceType"]] = index + 1
        yield from _walk(resource, f"{resource['resourceType']}[{index}]")


def _walk(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{path}[{index}]")
    else:
        yield path, value if isinstance(value, str) else dumps(value).decode()
