"""What a sample is expected to become, as JSON a person can read and a diff can show.

``python -m tests.hl7v2.expectations`` writes the files anew; the diff is then to be read line by line,
and the adapter's ``version`` changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gateway.adapter import Translation
from gateway.jsontext import dumps
from tests.hl7v2.building import HERE, PAYLOADS, SAMPLES, as_brought, translate

FILES = sorted(
    [*SAMPLES.glob("*.hl7"), *PAYLOADS.glob("sample_oru_CDPH*.hl7"), *PAYLOADS.glob("sample_o[mr][lm]*.hl7")]
)


def expected_file(sample: Path) -> Path:
    return HERE / "expected" / f"{sample.stem}.json"


def written(made: Translation) -> str:
    """Bundle, unplaced, lineage and findings, indented; numbers as they are written."""
    whole: dict[str, Any] = {
        "bundle": made.bundle(),
        "holds": [f"{issue.expression} {issue.rule}" for issue in made.holds],
        "issues": [f"{issue.expression} {issue.rule}" for issue in made.issues],
        "unplaced": {field.field: field.reason for field in made.unplaced},
        "lineage": dict(made.lineage),
    }
    tree = json.loads(dumps(whole), parse_float=_Token, parse_int=_Token)
    return json.dumps(tree, ensure_ascii=False, indent=1) + "\n"


class _Token(str):
    """A number kept as its text, so that 5.10 and 5.1 differ in the file too."""


def main() -> None:
    for sample in FILES:
        expected_file(sample).write_text(written(translate(as_brought(sample))), encoding="utf-8")


if __name__ == "__main__":
    main()
