"""A study as its datasets tell it: patient, study, its series, their instances, each with its attributes.

A payload is a list of datasets of one study. Each may speak of the study, of a series or of an instance (as the
answers to QIDO-RS do), or of all of them at once (as WADO-RS metadata does): an attribute belongs to the
level that DICOM gives it, wherever it is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.dicomweb.dataset import Dataset, Value, read, said, uid
from adapters.dicomweb.dictionary import INSTANCE, PATIENT, SERIES, STUDY, TELLING, Known, by_tag, why_left
from gateway.errors import PayloadError
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.misread import hold_misread, may_be_misread

_STUDY_UID, _SERIES_UID, _INSTANCE_UID, _PATIENT_ID = "0020000D", "0020000E", "00080018", "00100020"
# What another word of it may mean another person, or another study: a person must look.
_WEIGHTY = frozenset({
    *("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"),
    *("AccessionNumber", "StudyDate", "Laterality", "Modality", "BodyPartExamined"),
})  # fmt: skip


@dataclass(slots=True)
class Node:
    """What is said of one patient, study, series or instance: keyword → its values."""

    values: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)  # tag → as first said

    def repetitions(self, keyword: str) -> Sequence[Value]:
        return self.values.get(keyword, ())

    def text(self, keyword: str) -> str:
        """The first value as text; "" when there is none. Of a sequence ``…``, so that it is known to be there."""
        found = self.values.get(keyword)
        return (found[0].text or "…") if found else ""


@dataclass(slots=True)
class Series(Node):
    """``instances``: by UID, in the order told."""

    instances: dict[str, Node] = field(default_factory=dict)


@dataclass(slots=True)
class Study:
    """``series``: by UID, in the order told."""

    uid: str
    patient: Node = field(default_factory=Node)
    node: Node = field(default_factory=Node)
    series: dict[str, Series] = field(default_factory=dict)

    def nodes(self) -> Iterator[tuple[str, Node]]:
        """Each with its level."""
        yield PATIENT, self.patient
        yield STUDY, self.node
        for series in self.series.values():
            yield SERIES, series
            for instance in series.instances.values():
                yield INSTANCE, instance


def gather(datasets: Sequence[Dataset], ledger: Ledger) -> Study:
    """The study that the datasets tell of.

    PayloadError when they name none (``dicom-study-missing``), several (``dicom-two-studies``), a malformed UID
    (``dicom-study-uid``), or two patients (``dicom-two-patients``).
    """
    study = Study(_only_study(datasets))
    if len({text for one in datasets if (text := _told(one, _PATIENT_ID))}) > 1:
        raise PayloadError("dicom-two-patients")
    left: dict[str, tuple[str, int]] = {}  # tag → where it is said first, and how many values it has in all
    for number, dataset in enumerate(datasets, 1):
        at = f"[{number}]"
        nodes = _nodes(study, dataset, at, ledger)
        for tag, written in dataset.items():
            known = by_tag().get(tag)
            if known is None:
                first, count = left.get(tag, (at, 0))
                try:
                    left[tag] = first, count + said(written)
                except CannotPlace as why:
                    ledger.refuse_field(f"{at}.{tag}", why)
            elif known.level == TELLING:
                ledger.use(f"{at}.{known.keyword}")
            elif (node := nodes.get(known.level)) is not None:
                _say(node, known, written, at, ledger)
            else:
                ledger.leave(f"{at}.{known.keyword}", f"of no {known.level.lower()} that is named beside it")
    for tag, (at, count) in left.items():
        if count:
            ledger.leave(f"{at}.{tag}", counted(why_left(tag), count))
    return study


def counted(reason: str, count: int) -> str:
    """What is said of many images is listed once."""
    return reason if count == 1 else f"{reason} ({count} values)"


def _only_study(datasets: Sequence[Dataset]) -> str:
    named = {text for one in datasets if (text := _told(one, _STUDY_UID))}
    if not named:
        raise PayloadError("dicom-study-missing")
    if len(named) > 1:
        raise PayloadError("dicom-two-studies")
    (only,) = named
    try:
        return uid(only)
    except CannotPlace:
        raise PayloadError("dicom-study-uid") from None


def _told(dataset: Dataset, tag: str) -> str:
    """The first value of an attribute, as text; "" for none, or for something else."""
    written = dataset.get(tag)
    values = written.get("Value") if isinstance(written, dict) else None
    value = values[0] if isinstance(values, list) and values else None
    return value.strip(" \0") if isinstance(value, str) else ""


def _nodes(study: Study, dataset: Dataset, at: str, ledger: Ledger) -> dict[str, Node]:
    """Whom the dataset speaks of, level by level."""
    made: dict[str, Node] = {PATIENT: study.patient, STUDY: study.node}
    if not (number := _own_uid(dataset, _SERIES_UID, at, ledger)):
        return made
    made[SERIES] = series = study.series.setdefault(number, Series())
    if number := _own_uid(dataset, _INSTANCE_UID, at, ledger):
        made[INSTANCE] = series.instances.setdefault(number, Node())
    return made


def _own_uid(dataset: Dataset, tag: str, at: str, ledger: Ledger) -> str:
    """A series without a UID has no place in R4: it is held, never left away."""
    if tag not in dataset:
        return ""
    try:
        return uid(_told(dataset, tag))
    except CannotPlace as why:
        ledger.refuse_field(f"{at}.{by_tag()[tag].keyword}", CannotPlace(why.rule, clinical=True))
        return ""


def _say(node: Node, known: Known, written: Any, at: str, ledger: Ledger) -> None:
    before = node.written.get(known.tag)
    if before is not None and before == written:
        return  # metadata says it with every instance
    try:
        values = read(known, written, at)
    except CannotPlace as why:
        why.clinical = known.level == PATIENT or known.keyword in _WEIGHTY
        ledger.refuse_field(f"{at}.{known.keyword}", why)
        return
    if not values:
        return
    if before is not None:
        _otherwise(node, known, values, at, ledger)
        return
    node.written[known.tag] = written
    node.values[known.keyword] = values
    for value in values:
        if isinstance(value.value, str) and may_be_misread(value.value):
            hold_misread(value.value, "utf-8", value.path, ledger)


def _otherwise(node: Node, known: Known, values: tuple[Value, ...], at: str, ledger: Ledger) -> None:
    """Said before, and otherwise: the first stands; of the patient, a person must look."""
    if [(one.value, one.group) for one in node.values[known.keyword]] == [(one.value, one.group) for one in values]:
        return
    clinical = known.level == PATIENT or known.keyword in _WEIGHTY
    why = CannotPlace("dicom-said-otherwise", code="conflict", clinical=clinical, attribute=known.keyword)
    ledger.refuse_field(f"{at}.{known.keyword}", why)
