"""What messages are expected to become, as JSON a person can read and a diff can show.

``python -m tests.hl7v2.expectations`` writes the files anew, of the samples as ``gateway adapter expect --force
adapters/hl7v2/samples`` does, and of messages by other hands, as a connection brings them; the diff is then to be read
line by line, and the adapter's ``version`` changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.workbench.expected import expected_file, tree, written
from gateway.workbench.samples import Sample, own_samples
from gateway.workbench.seen import seen
from tests.hl7v2.building import ADAPTER, PAYLOADS, as_brought

OF_OTHER_HANDS = [
    Sample(path, as_brought(path))
    for path in sorted([*PAYLOADS.glob("sample_oru_CDPH*.hl7"), *PAYLOADS.glob("sample_o[mr][lm]*.hl7")])
]


def becomes(sample: Sample) -> dict[str, Any]:
    return tree(ADAPTER, seen(ADAPTER, sample.data))


def main() -> None:
    for sample in [*own_samples(ADAPTER), *OF_OTHER_HANDS]:
        file: Path = expected_file(sample)
        file.write_text(written(becomes(sample)), encoding="utf-8")


if __name__ == "__main__":
    main()
