"""OrderedTest and Context: what a doctor is about to order, and where, when and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from gateway.reuse.result import Code, LaboratoryLevel, ReferenceRange
from gateway.reuse.rules import RuleSet

Setting = Literal["emergency", "inpatient", "outpatient", "pre-operative", "monitoring", ""]
Priority = Literal["routine", "urgent", "asap", "stat", ""]  # https://hl7.org/fhir/R4/valueset-request-priority.html

URGENT: frozenset[Priority] = frozenset({"urgent", "asap", "stat"})  # asked by the rules of an emergency too


@dataclass(frozen=True, slots=True)
class OrderedTest:
    """One test of an order. ``codes``: LOINC, MA_CHI_SO, MA_DICH_VU, or the hospital's own.

    ``specimen`` and ``method``: what the order asks for, empty where it says nothing. ``unit``: the UCUM code the
    requester's laboratory reports in, "" where not known; ``ranges``: those it gives, empty where not known.
    ``body_site``, ``laterality``, ``modality``: of imaging. ``wanted_from``: the moment before which it is not to be
    done, aware UTC, None for now; ``repeated``: it is to be done more than once, or by a timetable. ``priority``: R4's
    request-priority, "" where none is said. ``detailed``: it asks for more than its codes say (orderDetail; a body site
    of a laboratory test). ``specimen_unread``: it names a specimen whose kind is not told here.
    """

    codes: frozenset[Code]
    name: str = ""
    reference: str = ""  # "ServiceRequest/id" of the draft
    specimen: frozenset[Code] = frozenset()
    method: str = ""
    unit: str = ""
    ranges: tuple[ReferenceRange, ...] = ()
    modality: str = ""
    body_site: frozenset[Code] = frozenset()
    laterality: str = ""
    wanted_from: datetime | None = None
    repeated: bool = False
    priority: Priority = ""
    detailed: bool = False
    specimen_unread: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """Where the order is made. ``now`` is aware UTC, given by the caller: the judge has no clock.

    ``born``: the earliest and latest day the birth date's precision leaves; None where not known. ``conditions``:
    what makes reuse unsafe now, by the keys of mappings/reuse (``active-bleeding``, ``transfusion``,
    ``intensive-care``, ``newborn``, ``contrast``, …), as the requester said or as the encounter shows.
    ``withheld``: until when something was taken that may not be shown, by code; no other word of it is known here.
    ``facility``, ``province``, ``specialty``: the requester's, for the precedence of rules.
    """

    now: datetime
    rules: RuleSet
    setting: Setting = ""
    born: tuple[date, date] | None = None
    conditions: frozenset[str] = frozenset()
    facility: str = ""
    province: str = ""
    specialty: str = ""
    level: LaboratoryLevel = field(default_factory=LaboratoryLevel)
    withheld: Mapping[Code, datetime] = field(default_factory=dict)
