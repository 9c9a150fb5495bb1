"""An adapter that reads by mapping files, as small as one can be: for tests of what is around one.

A payload is a line that says what table it is, then a line a record: its number, the patient's, a value, a time::

    TABLE xn-huyen
    1;BN1;6.10;2026-11-20T08:00:00+07:00

A mapping file says which table it fits, the test's name, its unit if it has one::

    table = "xn-huyen"
    test = "Glucose"
    unit = "mmol/L"

and, for what goes wrong: ``prefix`` of patients' numbers, ``series`` of results' ids, ``issued`` instead of the
record's own time, ``held``: the number of a record that waits for a person.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from gateway.adapter import MappingText, Payload, Profile, Record, SourceAdapter, Translation, Unplaced, only_fitting
from gateway.bundle import deterministic_id, mrn_system
from gateway.errors import SettingsError
from gateway.mapping.draft import Draft, assemble

ROOT = Path(__file__).parents[1]


class PlainTable(SourceAdapter):
    """One patient a line."""

    name = "plain"
    version = "1"
    mapped = True

    def __init__(self, files: Sequence[MappingText] = ()) -> None:
        self._files = {one: tomllib.loads(one.text) for one in files}

    def bound(self, files: Sequence[MappingText]) -> SourceAdapter:
        for one in files:
            if "test" not in tomllib.loads(one.text):
                raise SettingsError("mapping-malformed", f"{one.name} line 4", error="no test")
        return PlainTable(files)

    def recognises(self, payload: Payload) -> bool:
        return payload.data.startswith(b"TABLE ")

    def records(self, payload: Payload) -> Sequence[Record]:
        first, *lines = payload.data.decode().splitlines(keepends=True)
        table = first.split()[1]
        fit = only_fitting(list(self._files), [one for one, read in self._files.items() if read["table"] == table])
        return [
            Record((first + text if place == 1 else text).encode(), "", (text.strip().split(";"), fit), place)
            for place, text in enumerate(lines, 1)
        ]

    def translate(self, record: Record, facility: Profile) -> Translation:
        (number, patient, value, issued), fit = record.content
        mapping, at = self._files[fit], f"line {number}"
        patient = mapping.get("prefix", "") + patient
        who = Draft("Patient", deterministic_id(facility.code, "Patient", patient))
        who.put("identifier[0].system", mrn_system(facility.code))
        who.put("identifier[0].value", patient, f"{at}, column 2")
        key = (fit.name, number, mapping.get("series", ""))
        made = Draft("Observation", deterministic_id(facility.code, "Observation", *key))
        made.put("status", "final")
        made.put("subject", who.reference)
        made.put("code.text", mapping["test"])
        made.put("issued", mapping.get("issued", issued), f"{at}, column 4")
        if unit := mapping.get("unit"):
            made.put("valueQuantity.value", Decimal(value), f"{at}, column 3")
            made.put("valueQuantity.unit", unit)
        else:
            made.put("valueString", value, f"{at}, column 3")
        resources, lineage = assemble([who, made])
        unplaced = [Unplaced(at, "no unit", clinical=True)] if mapping.get("held") == number else []
        return Translation(resources, unplaced=unplaced, lineage=lineage, mapping=fit.label)


def mapping(
    version: str = "1", test: str = "Glucose", *, name: str = "xn-huyen", table: str = "xn-huyen", **more: str
) -> str:
    """A mapping file's text; an empty ``test`` leaves out what it must say."""
    told = {"test": test, **more} if test else more
    said = "".join(f'{key} = "{value}"\n' for key, value in told.items())
    return f'adapter = "plain"\nname = "{name}"\nversion = "{version}"\ntable = "{table}"\n{said}'


def table(*numbers: int, name: str = "xn-huyen", value: str = "6.10") -> bytes:
    """A payload with a record for each number."""
    lines = [f"{number};BN{number};{value};2026-11-20T08:00:00+07:00\n" for number in numbers]
    return f"TABLE {name}\n{''.join(lines)}".encode()


def installed(folder: Path) -> dict[str, str]:
    """The environment of processes in which the adapter is installed; ``folder`` is where that is noted."""
    noted = folder / "plain_table-1.dist-info"
    noted.mkdir(parents=True)
    (noted / "METADATA").write_text("Metadata-Version: 2.1\nName: plain-table\nVersion: 1\n")
    (noted / "entry_points.txt").write_text("[gateway.adapters]\nplain = tests.plain_table:PlainTable\n")
    return {"PYTHONPATH": f"{folder}:{ROOT}"}
