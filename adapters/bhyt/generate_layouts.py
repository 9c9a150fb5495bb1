"""Writes the layout files of mappings/bhyt from a field list: ``python -m adapters.bhyt.generate_layouts FILE``.

The field list is one JSON file: per decision the tables, per table the fields in order, plus the
path to each table's rows. A new decision is a new key there and a new layout file here.
Output, one file a decision, ``layout-3176.json``::

    {"decision": "3176", "from": "20250101",
     "tables": {"XML4": {"row": "CHI_TIET_CLS", "fields": [["GIA_TRI", "string", 255], …]}, …}}

A field is ``[name, type, longest]``; longest is null where the decision sets none or is not known.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

# First day a payload is written by each decision (by discharge date).
IN_FORCE = {"4210": "20180101", "130": "20230118", "4750": "20240701", "3176": "20250101"}
OUT = Path(__file__).parents[2] / "mappings" / "bhyt"


def layouts(listed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Decision → its layout."""
    made: dict[str, dict[str, Any]] = {}
    for decision, since in IN_FORCE.items():
        tables = listed[decision].get("fields", listed[decision])
        paths = listed["inner_paths"]["4210" if decision == "4210" else "130/4750/3176"]
        made[decision] = {
            "decision": decision,
            "from": since,
            "tables": {
                table: {"row": _row_name(paths[table]), "fields": [_field(field) for field in fields]}
                for table, fields in tables.items()
            },
        }
    return made


def _row_name(path: str) -> str:
    return path.split(" ")[0].rpartition("/")[2]


def _field(field: Any) -> list[Any]:
    if isinstance(field, str):
        return [field, "string", None]
    name, kind, longest = (field["name"], field["type"], field["max"]) if isinstance(field, dict) else field
    return [name, kind, longest if isinstance(longest, int) else None]


def _written(layout: dict[str, Any]) -> str:
    """JSON with a line a field, so that a change reads as a change."""
    tables = []
    for table, body in layout["tables"].items():
        fields = ",\n".join("        " + json.dumps(field, ensure_ascii=False) for field in body["fields"])
        tables.append(f'    "{table}": {{\n      "row": "{body["row"]}",\n      "fields": [\n{fields}\n      ]\n    }}')
    return (
        f'{{\n  "decision": "{layout["decision"]}",\n  "from": "{layout["from"]}",\n  "tables": {{\n'
        + ",\n".join(tables)
        + "\n  }\n}\n"
    )


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m adapters.bhyt.generate_layouts FIELD_LIST.json\n")
        return 2
    listed = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    for decision, layout in layouts(listed).items():
        (OUT / f"layout-{decision}.json").write_text(_written(layout), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
