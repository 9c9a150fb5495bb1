"""A study as a payload: what the PACS says of it and of all it holds, in one order: the same is the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.collect.qido import INSTANCE_UID, SERIES_UID, STUDY_UID, Dataset, Pacs, text
from gateway.errors import SourceUnavailable
from gateway.jsontext import dumps

MEDIA_TYPE = "application/dicom+json"
_RETRIEVE_URL, _SERIES_COUNT, _INSTANCE_COUNT = "00081190", "00201206", "00201208"
_WHERE = frozenset({_RETRIEVE_URL, "00080054", "00080056"})  # said of each series and image what the study says


def study_payload(pacs: Pacs, uid: str, images_at: str) -> bytes | None:
    """The payload of a study; None when the PACS has it no longer.

    ``images_at``: the address others may ask for its images (WADO-RS); "": none is told. What the PACS calls its own
    address is that of its own network, and never told. SourceUnavailable(``collect-pacs-incomplete``) when it lists
    another number than it says it holds: more are coming in, or the list was cut off.
    """
    study = pacs.study(uid)
    if study is None:
        return None
    series = pacs.series(uid, _said(study, _SERIES_COUNT))
    instances = pacs.instances(uid, _said(study, _INSTANCE_COUNT))
    _whole(uid, study, series, instances)
    own = {tag: written for tag, written in study.items() if tag != _RETRIEVE_URL}
    if images_at:
        own[_RETRIEVE_URL] = {"vr": "UR", "Value": [f"{images_at}/studies/{uid}"]}
    order = {text(one, SERIES_UID): place for place, one in enumerate(sorted(series, key=_series_order))}
    parts = sorted(series, key=_series_order) + sorted(
        instances, key=lambda one: (order[text(one, SERIES_UID)], _number(one, "00200013"), text(one, INSTANCE_UID))
    )
    level = [{tag: written for tag, written in one.items() if tag not in _WHERE} for one in parts]
    lines = [dumps(_sorted(one)) for one in (own, *level)]
    return b"[\n" + b",\n".join(lines) + b"\n]\n"


def _whole(uid: str, study: Dataset, series: Sequence[Dataset], instances: Sequence[Dataset]) -> None:
    if any(text(one, STUDY_UID) not in ("", uid) for one in (*series, *instances)):
        raise SourceUnavailable("collect-pacs-nonsense")
    listed = {text(one, SERIES_UID) for one in series}
    for tag, found in ((_SERIES_COUNT, series), (_INSTANCE_COUNT, instances)):
        if _said(study, tag) not in (None, len(found)):
            raise SourceUnavailable("collect-pacs-incomplete")
    if not {text(one, SERIES_UID) for one in instances} <= listed:
        raise SourceUnavailable("collect-pacs-incomplete")


def _said(study: Dataset, tag: str) -> int | None:
    said = text(study, tag)
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


def _series_order(one: Dataset) -> tuple[int, str]:
    return _number(one, "00200011"), text(one, SERIES_UID)


def _number(one: Dataset, tag: str) -> int:
    said = text(one, tag).lstrip("+")
    return int(said) if said.removeprefix("-").isdecimal() and len(said) < 12 else 0


def _sorted(value: Any) -> Any:
    """Every object's keys in order: a PACS may list them as it likes."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value
