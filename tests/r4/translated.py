"""What the adapters make of their samples: the Bundles that the check meets every day."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from adapters.bhyt import BhytAdapter
from adapters.hl7v2 import Hl7v2Adapter
from gateway.adapter import DefaultProfile, Payload, SourceAdapter, split, translate

_SAMPLES = Path(__file__).parents[2] / "adapters"


@cache
def bundles() -> dict[str, dict[str, Any]]:
    """By sample: the Bundle of its last record."""
    adapters: list[tuple[SourceAdapter, str]] = [
        (Hl7v2Adapter(), "hl7v2/samples/*.hl7"),
        (BhytAdapter(), "bhyt/samples/*.xml"),
    ]
    return {
        file.name: translate(adapter, record, DefaultProfile()).bundle()
        for adapter, pattern in adapters
        for file in sorted(_SAMPLES.glob(pattern))
        for record in split(adapter, Payload(file.read_bytes()))
    }
