"""Whether a study shows what is ordered: modality, body part, side; and whether report and images are both there.

The draft circulars ask for the images with their conclusion. A study found by its procedure code shows the part and
the modality of that code; what it says itself comes first.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.reuse.comparability import same_code
from gateway.reuse.order import OrderedTest
from gateway.reuse.precedence import Requirement
from gateway.reuse.reasons import reason
from gateway.reuse.result import PriorResult, PriorStudy
from gateway.reuse.rules import Group
from gateway.reuse.verdict import Reason

# DICOM (0020,0060) and SNOMED CT's qualifiers, which R4 binds ImagingStudy.series.laterality to.
_SIDES = {
    "l": "left", "left": "left", "7771000": "left", "trái": "left",
    "r": "right", "right": "right", "24028007": "right", "phải": "right",
    "b": "both", "both": "both", "bilateral": "both", "51440002": "both", "hai bên": "both",
}  # fmt: skip
_NO_SIDE = frozenset({"U", "u"})  # DICOM: an unpaired body part
_REPORTED = frozenset({"final", "amended", "corrected", "appended"})
_NO_REPORT = frozenset({"", "entered-in-error", "cancelled"})


def study_reasons(prior: PriorStudy, order: OrderedTest, asked: Requirement, group: Group) -> Iterator[Reason]:
    """What an imaging study alone shows; its identity, signature and age are asked as of any prior."""
    shown = [
        *_coded(prior, group),
        *_modality(prior, order, group),
        *_body_site(prior, order, group),
        *_side(prior, order),
    ]
    yield from shown or [reason("reuse-examination-same")]
    missing = [*_report(prior, asked), *_images(prior, asked)]
    yield from missing
    if not missing and asked.report_required and asked.images_required:
        yield reason("reuse-report-and-images", asked.asked_by.get("images_required", ""))


def report_alone_reasons(_prior: PriorResult, asked: Requirement) -> Iterator[Reason]:
    """A result in words where a study was ordered: its images are not known here."""
    yield reason("reuse-kind-different")
    if asked.images_required:
        yield reason("reuse-images-missing", asked.asked_by.get("images_required", ""))


def _coded(prior: PriorStudy, group: Group) -> Iterator[Reason]:
    """A CT angiography of the chest shows the chest by CT too, and is another examination: its code says so."""
    if group.codes and prior.codes and prior.codes.isdisjoint(group.codes):
        yield reason("reuse-examination-unknown")


def _modality(prior: PriorStudy, order: OrderedTest, group: Group) -> Iterator[Reason]:
    wanted = frozenset({order.modality}) if order.modality else group.modalities
    if wanted and prior.modalities and wanted.isdisjoint(prior.modalities):
        told = {"found": ", ".join(sorted(prior.modalities)), "wanted": ", ".join(sorted(wanted))}
        yield reason("reuse-modality-different", **told)


def _body_site(prior: PriorStudy, order: OrderedTest, group: Group) -> Iterator[Reason]:
    same = same_code(prior.body_sites, order.body_site or group.body_sites)
    systems = {system for system, _ in prior.body_sites}
    left_out = {code for code in order.body_site if code[0] in systems} - prior.body_sites  # chest AND abdomen
    if same is False or (same and left_out):
        yield reason("reuse-body-site-different")
    elif same is None and prior.body_sites:
        yield reason("reuse-body-site-unknown")


def _side(prior: PriorStudy, order: OrderedTest) -> Iterator[Reason]:
    """A study of both sides shows either; where only one of the two says a side, nobody knows."""
    wanted, shown = (one.strip() if one.strip() not in _NO_SIDE else "" for one in (order.laterality, prior.laterality))
    if not wanted and not shown:
        return
    if not wanted or not shown:
        yield reason("reuse-laterality-unknown")
        return
    sides = _SIDES.get(wanted.casefold()), _SIDES.get(shown.casefold())
    if None in sides:
        yield reason("reuse-laterality-unknown")
    elif sides[0] != sides[1] and sides[1] != "both":
        yield reason("reuse-laterality-different")


def _report(prior: PriorStudy, asked: Requirement) -> Iterator[Reason]:
    if not asked.report_required:
        return
    rule = asked.asked_by.get("report_required", "")
    if not prior.report or prior.report_status in _NO_REPORT:
        yield reason("reuse-report-missing", rule)
    elif prior.report_status not in _REPORTED:
        yield reason("reuse-report-preliminary", rule)
    elif not prior.report_conclusion:
        yield reason("reuse-report-without-conclusion", rule)


def _images(prior: PriorStudy, asked: Requirement) -> Iterator[Reason]:
    if asked.images_required and (not prior.images or prior.instances == 0):
        yield reason("reuse-images-missing", asked.asked_by.get("images_required", ""))
