"""What a sample becomes, written down as JSON a person can read, and compared path by path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.adapter import SourceAdapter, Translation
from gateway.jsontext import dumps
from gateway.workbench.samples import EXPECTED, Sample
from gateway.workbench.seen import Seen


class _Token(str):
    """A number kept as its text, so that 5.10 and 5.1 differ in the file too."""

    __slots__ = ()


def expected_file(sample: Sample, folder: Path | None = None) -> Path:
    """``expected/NAME.json`` beside the sample, or in the folder that is named."""
    return (folder or sample.path.parent / EXPECTED) / f"{sample.path.stem}.json"


def tree(adapter: SourceAdapter, found: Seen) -> dict[str, Any]:
    """What is written of a sample: who translated it, each record, and what was refused."""
    told = {
        "adapter": f"{adapter.name} {adapter.version}",
        "records": [_record(one) for one in found.made],
        "refused": [f"{issue.expression} {issue.rule}" for issue in found.refusals],
    }
    made: dict[str, Any] = json.loads(dumps(told), parse_float=_Token, parse_int=_Token)
    return made


def _record(made: Translation) -> dict[str, Any]:
    return {
        **({"mapping": made.mapping} if made.mapping else {}),
        "bundle": made.bundle(),
        "holds": [f"{issue.expression} {issue.rule}" for issue in made.holds],
        "issues": [f"{issue.expression} {issue.rule}" for issue in made.issues],
        "unplaced": {field.field: field.reason for field in made.unplaced},
        "lineage": dict(made.lineage),
    }


def read(file: Path) -> dict[str, Any] | None:
    """What was written of a sample; None where nothing was."""
    if not file.is_file():
        return None
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def written(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Each place where two trees differ, a line each: ``+`` came, ``-`` went, ``path: old → new`` changed."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            below = f"{path}.{name}" if path else name
            if name not in after:
                yield f"- {below}: {_short(before[name])}"
            elif name not in before:
                yield f"+ {below}: {_short(after[name])}"
            else:
                yield from differences(before[name], after[name], below)
    elif isinstance(before, list) and isinstance(after, list):
        for at in range(max(len(before), len(after))):
            below = f"{path}[{at}]"
            if at >= len(after):
                yield f"- {below}: {_short(before[at])}"
            elif at >= len(before):
                yield f"+ {below}: {_short(after[at])}"
            else:
                yield from differences(before[at], after[at], below)
    elif before != after:
        yield f"  {path}: {_short(before)} → {_short(after)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:117] + "…"
