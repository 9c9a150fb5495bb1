"""What a sample becomes, written down as JSON a person can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import msgspec

from gateway.adapter import SourceAdapter, Translation
from gateway.errors import GatewayError, SettingsError
from gateway.jsontext import dumps, loads
from gateway.workbench.samples import EXPECTED, Sample
from gateway.workbench.seen import Seen


class _Token(str):
    """A number kept as its text, so that 5.10 and 5.1 differ in the file too."""

    __slots__ = ()


def expected_file(sample: Sample, folder: Path | None = None) -> Path:
    """``expected/lab.csv.json`` for ``lab.csv``, beside it or in the folder that is named; ``lab.xlsx`` has its own."""
    return (folder or sample.path.parent / EXPECTED) / f"{sample.path.name}.json"


def tree(adapter: SourceAdapter, found: Seen) -> dict[str, Any]:
    """What is written of a sample: who translated it, each record, and what was refused."""
    told = {
        "adapter": f"{adapter.name} {adapter.version}",
        "records": [record(one) for one in found.made],
        "refused": [f"{issue.expression} {issue.rule}" for issue in found.refusals],
    }
    made: dict[str, Any] = json.loads(dumps(told), parse_float=_Token, parse_int=_Token)
    return made


def record(made: Translation) -> dict[str, Any]:
    """What is written of one record, numbers as the adapter made them."""
    return {
        **({"mapping": made.mapping} if made.mapping else {}),
        **({"recipients": list(made.recipients)} if made.recipients else {}),
        **({"training": True} if made.training else {}),
        "bundle": made.bundle(),
        "holds": [f"{issue.expression} {issue.rule}" for issue in made.holds],
        "issues": [f"{issue.expression} {issue.rule}" for issue in made.issues],
        "unplaced": {field.field: field.reason for field in made.unplaced},
        "lineage": dict(made.lineage),
    }


class _Resource(TypedDict):
    resourceType: str
    id: str


class _Entry(TypedDict):
    resource: _Resource


class _Bundle(TypedDict, total=False):
    entry: list[_Entry]


class _Record(TypedDict, total=False):
    bundle: _Bundle
    holds: list[str]
    issues: list[str]
    unplaced: dict[str, str]
    lineage: dict[str, str]


class _Told(TypedDict):
    """What is looked into when two are compared; all else is only compared."""

    records: list[_Record]
    refused: NotRequired[list[str]]


def read(file: Path) -> dict[str, Any] | None:
    """What was written of a sample; None where nothing was. SettingsError: what stands there is no such thing."""
    if not file.exists():
        return None
    try:
        text = file.read_text("utf-8")
        loads(text)  # no deeper than a resource may be
        found: dict[str, Any] = json.loads(text, parse_float=_Token, parse_int=_Token)
        msgspec.convert(found, _Told)
    except (OSError, ValueError, GatewayError, msgspec.ValidationError):
        raise SettingsError("law-7-unreadable", str(file)) from None
    return found


def written(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
