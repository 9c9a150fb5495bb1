"""A study as an archive answers of it, in a file: DICOM JSON, the study's dataset, one a series, one an instance."""

from __future__ import annotations

from datetime import date

from gateway.errors import GatewayError
from gateway.jsontext import loads
from gateway.simulator.held_study import HeldStudy

_STUDY_UID, _SERIES_UID, _INSTANCE_UID = "0020000D", "0020000E", "00080018"


def read_study(content: bytes, day: date) -> HeldStudy:
    """As if it had been made on ``day``: a collector looks back some days only. ValueError when it is no study."""
    try:
        found = loads(content)
    except GatewayError:
        raise ValueError("it is not JSON") from None
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise ValueError("a list of datasets is expected")
    study, *others = found
    if not study.get(_STUDY_UID, {}).get("Value") or not all(_SERIES_UID in one for one in others):
        raise ValueError("the study's dataset is expected first, with its UID, then those of its series and instances")
    study["00080020"] = {"vr": "DA", "Value": [f"{day:%Y%m%d}"]}
    return HeldStudy(
        study,
        [one for one in others if _INSTANCE_UID not in one],
        [one for one in others if _INSTANCE_UID in one],
    )
