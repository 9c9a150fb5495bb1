"""The groups of a message, in the orders real senders use.

ORC stands before its OBR, after it, or is missing; SPM before the results or after them;
NTE follows what it speaks of. A segment nobody expects takes nothing of what follows with it.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from adapters.hl7v2.segments import Segment
from gateway.mapping.draft import Draft


@dataclass(slots=True)
class Result:
    """An OBX, its notes, and the specimen it follows, if results stand below specimens."""

    obx: Segment
    notes: list[Segment] = field(default_factory=list)
    specimen: int | None = None  # index into the order's specimens


@dataclass(slots=True)
class Sample:
    """An SPM and its notes."""

    spm: Segment
    notes: list[Segment] = field(default_factory=list)


@dataclass(slots=True)
class Finding:
    """What is known of the patient (AL1, IAM, DG1, PR1), and its notes."""

    segment: Segment
    notes: list[Segment] = field(default_factory=list)


@dataclass(slots=True)
class Insurance:
    """An IN1 and the IN3 behind it; ``in1`` is None for an IN3 without one."""

    in1: Segment | None
    in3: list[Segment] = field(default_factory=list)


@dataclass(slots=True)
class Order:
    """An OBR with everything that belongs to it; ``obr`` is None for results, or an order, without one."""

    obr: Segment | None
    orc: Segment | None = None
    rxo: Segment | None = None
    routes: list[Segment] = field(default_factory=list)  # RXR
    timings: list[Segment] = field(default_factory=list)  # TQ1
    images: list[Segment] = field(default_factory=list)  # IPC
    parts: list[Segment] = field(default_factory=list)  # RXC
    supplies: list[Segment] = field(default_factory=list)  # RQD, RQ1, ODS, ODT: what no request is made of
    notes: list[Segment] = field(default_factory=list)
    order_notes: list[Segment] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    diagnoses: list[Finding] = field(default_factory=list)  # DG1: why it is ordered
    reasons: list[Draft] = field(default_factory=list)  # the Conditions they became

    @property
    def begins(self) -> int:
        """The line of its first segment."""
        own = [*(result.obx for result in self.results), *(sample.spm for sample in self.samples)]
        own += [*self.timings, *self.routes, *self.images, *self.parts, *self.supplies]
        return min(segment.line for segment in (*own, self.orc, self.obr, self.rxo) if segment is not None)


@dataclass(slots=True)
class Document:
    """A TXA and the OBX below it, which are the document's content."""

    txa: Segment
    notes: list[Segment] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


@dataclass(slots=True)
class Booking:
    """An AIS, AIG, AIL or AIP: what an appointment takes, and its notes."""

    segment: Segment
    notes: list[Segment] = field(default_factory=list)


@dataclass(slots=True)
class Schedule:
    """An SCH with what its appointment takes; ``timing``: a TQ1, which says what SCH-11 said before 2.5."""

    sch: Segment
    timing: Segment | None = None
    notes: list[Segment] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)


@dataclass(slots=True)
class Vaccination:
    """An RXA with its order, its route and the OBX below it."""

    rxa: Segment
    orc: Segment | None = None
    route: Segment | None = None
    notes: list[Segment] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


@dataclass(slots=True)
class Groups:
    """A message's segments by what they belong to; ``others`` have no mapping."""

    software: list[Segment] = field(default_factory=list)  # SFT
    event: Segment | None = None  # EVN
    patients: list[Segment] = field(default_factory=list)
    details: list[Segment] = field(default_factory=list)  # PD1
    visits: list[Segment] = field(default_factory=list)  # PV1
    visit_details: list[Segment] = field(default_factory=list)  # PV2
    priors: list[Segment] = field(default_factory=list)  # MRG
    patient_notes: list[Segment] = field(default_factory=list)
    relatives: list[Segment] = field(default_factory=list)  # NK1
    allergies: list[Finding] = field(default_factory=list)  # AL1, IAM
    diagnoses: list[Finding] = field(default_factory=list)  # DG1 of no order
    procedures: list[Finding] = field(default_factory=list)  # PR1
    insurances: list[Insurance] = field(default_factory=list)
    visit_notes: list[Segment] = field(default_factory=list)  # behind a PV1
    patient_results: list[Result] = field(default_factory=list)  # about the patient, below no order
    orders: list[Order] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    vaccinations: list[Vaccination] = field(default_factory=list)
    participations: list[Segment] = field(default_factory=list)  # ROL, PRT
    others: list[Segment] = field(default_factory=list)
    earlier: list[list[Segment]] = field(default_factory=list)  # results told again with an order


def group(segments: Sequence[Segment], *, ordering: bool = False, strangers: Collection[str] = frozenset()) -> Groups:
    """Sort the segments behind MSH; every one of them stands in the result exactly once.

    ``ordering``: of a message of orders, where ORC is required: an OBR without a number belongs to the ORC before it.
    ``strangers``: names of segments that are another family's own, and nothing here.
    """
    sorter = _Sorter(segments, strangers)
    for segment in segments:
        sorter.put(segment)
    groups = sorter.finished()
    _give_diagnoses(groups)
    _share_orders(groups.orders, ordering)
    return groups


def each_patient(segments: Sequence[Segment]) -> list[Sequence[Segment]]:
    """The segments of each patient of a message that speaks of several (A40): from a PID to the next one.

    What stands before the first PID belongs to the first.
    """
    starts = [at for at, segment in enumerate(segments) if segment.name == "PID"][1:]
    return [segments[begin:end] for begin, end in pairwise([0, *starts, len(segments)])]


class _Sorter:
    def __init__(self, segments: Sequence[Segment], strangers: Collection[str]) -> None:
        self._strangers = strangers
        self.made = Groups()
        names = [segment.name for segment in segments if segment.name in ("ORC", "OBR")]
        self._orc_first = names[:1] == ["ORC"]
        self._pending: Order | None = None  # an ORC whose OBR has not come yet
        self._notes = self.made.patient_notes  # where the next NTE goes
        self._below: list[Result] | None = None  # where the next OBX goes, if it speaks of no order

    def put(self, segment: Segment) -> None:
        place = getattr(self, f"_{segment.name.lower()}", None)
        if place is None or segment.name in self._strangers:
            self.made.others.append(segment)
        else:
            place(segment)

    def finished(self) -> Groups:
        self._settle()  # an order without its OBR: nothing to report, but not lost
        return self.made

    def _settle(self) -> None:
        if self._pending is not None:
            self.made.orders.append(self._pending)
            self._pending = None

    def _order(self) -> Order:
        """The order under way. An ORC that still waits for its OBR is one: what follows it is never the last one's."""
        self._settle()
        if not self.made.orders:
            self.made.orders.append(Order(None))
        return self.made.orders[-1]

    def _sft(self, segment: Segment) -> None:
        self.made.software.append(segment)

    def _evn(self, segment: Segment) -> None:
        if self.made.event is None:
            self.made.event = segment
        else:  # a message tells one event; what a second one says is listed
            self.made.others.append(segment)

    def _pid(self, segment: Segment) -> None:
        self.made.patients.append(segment)
        self._below = None
        self._notes = self.made.patient_notes

    def _pd1(self, segment: Segment) -> None:
        self.made.details.append(segment)

    def _pv1(self, segment: Segment) -> None:
        self.made.visits.append(segment)
        self._notes = self.made.visit_notes

    def _nk1(self, segment: Segment) -> None:
        self.made.relatives.append(segment)
        self._notes = self.made.patient_notes

    def _al1(self, segment: Segment) -> None:
        self._find(self.made.allergies, segment)

    _iam = _al1

    def _dg1(self, segment: Segment) -> None:
        self._find(self.made.diagnoses, segment)

    def _pr1(self, segment: Segment) -> None:
        self._find(self.made.procedures, segment)

    def _find(self, findings: list[Finding], segment: Segment) -> None:
        finding = Finding(segment)
        findings.append(finding)
        self._notes = finding.notes

    def _in1(self, segment: Segment) -> None:
        self.made.insurances.append(Insurance(segment))
        self._notes = self.made.patient_notes

    def _in3(self, segment: Segment) -> None:
        if not self.made.insurances:
            self.made.insurances.append(Insurance(None))
        self.made.insurances[-1].in3.append(segment)
        self._notes = self.made.patient_notes

    def _pv2(self, segment: Segment) -> None:
        self.made.visit_details.append(segment)

    def _mrg(self, segment: Segment) -> None:
        self.made.priors.append(segment)

    def _orc(self, segment: Segment) -> None:
        self._below = None
        order = self.made.orders[-1] if self.made.orders else None
        if not self._orc_first and order is not None and order.orc is None and order.obr is not None:
            order.orc = segment
            self._notes = order.order_notes
            return
        self._settle()
        self._pending = Order(None, segment)
        self._notes = self._pending.order_notes

    def _obr(self, segment: Segment) -> None:
        self._below = None
        order = self._pending or Order(None)
        order.obr = segment
        self._pending = None
        self.made.orders.append(order)
        self._notes = order.notes

    def _rxo(self, segment: Segment) -> None:
        order = self._order()
        if order.rxo is not None or order.obr is not None:
            self.made.orders.append(order := Order(None))
        order.rxo, self._below = segment, None
        self._notes = order.notes

    def _rxc(self, segment: Segment) -> None:
        order = self._order()
        order.parts.append(segment)
        self._notes = order.notes

    def _rqd(self, segment: Segment) -> None:
        self._order().supplies.append(segment)

    _rq1 = _ods = _odt = _rqd

    def _ipc(self, segment: Segment) -> None:
        self._order().images.append(segment)

    def _obx(self, segment: Segment) -> None:
        if self._below is not None:
            self._below.append(Result(segment))
            self._notes = self._below[-1].notes
            return
        if not self.made.orders and self._pending is None:
            self.made.patient_results.append(Result(segment))
            self._notes = self.made.patient_results[-1].notes
            return
        order = self._order()
        result = Result(segment, specimen=len(order.samples) - 1 if order.samples else None)
        order.results.append(result)
        self._notes = result.notes

    def _spm(self, segment: Segment) -> None:
        sample = Sample(segment)
        self._order().samples.append(sample)
        self._notes = sample.notes

    def _rol(self, segment: Segment) -> None:
        self.made.participations.append(segment)

    _prt = _rol

    def _txa(self, segment: Segment) -> None:
        document = Document(segment)
        self.made.documents.append(document)
        self._below, self._notes = document.results, document.notes

    def _sch(self, segment: Segment) -> None:
        self.made.schedules.append(Schedule(segment))
        self._notes = self.made.schedules[-1].notes

    def _ais(self, segment: Segment) -> None:
        if not self.made.schedules:
            self.made.others.append(segment)
            return
        booking = Booking(segment)
        self.made.schedules[-1].bookings.append(booking)
        self._notes = booking.notes

    _aig = _ail = _aip = _ais

    def _rxa(self, segment: Segment) -> None:
        order, self._pending = self._pending or Order(None), None
        vaccination = Vaccination(segment, order.orc, notes=order.order_notes)
        self.made.others += order.timings
        self.made.vaccinations.append(vaccination)
        self._below, self._notes = vaccination.results, vaccination.notes

    def _rxr(self, segment: Segment) -> None:
        last = self.made.vaccinations[-1] if self.made.vaccinations else None
        if last is not None and last.results is self._below and last.route is None:
            last.route = segment
        elif last is None and (self._pending or self.made.orders):
            (self._pending or self.made.orders[-1]).routes.append(segment)
        else:
            self.made.others.append(segment)

    def _tq1(self, segment: Segment) -> None:
        """Behind SCH; between ORC and OBR, or behind OBR."""
        last = self.made.schedules[-1] if self.made.schedules else None
        if last is not None and last.timing is None:
            last.timing = segment
        elif last is None and (self._pending or self.made.orders):
            (self._pending or self.made.orders[-1]).timings.append(segment)
        else:
            self.made.others.append(segment)

    def _nte(self, segment: Segment) -> None:
        self._notes.append(segment)


def _give_diagnoses(groups: Groups) -> None:
    """A DG1 among the segments of an order says why that is ordered; one before them all is the patient's."""
    orders = sorted(groups.orders, key=lambda order: order.begins)
    starts = [order.begins for order in orders]
    found, groups.diagnoses = groups.diagnoses, []
    for diagnosis in found:
        at = bisect(starts, diagnosis.segment.line)
        (orders[at - 1].diagnoses if at else groups.diagnoses).append(diagnosis)


def _share_orders(orders: list[Order], ordering: bool) -> None:
    """One ORC before many OBRs of the same placer number speaks of them all, and so does the TQ1 between."""
    shared: Order | None = None
    for order in orders:
        if order.orc is not None:
            shared = order
        elif shared is not None and _same_order(shared, order, ordering):
            order.orc = shared.orc
            detail = shared.obr or shared.rxo
            if detail is not None and not order.timings:
                order.timings = [one for one in shared.timings if one.line < detail.line]


def _same_order(shared: Order, order: Order, ordering: bool) -> bool:
    if order.obr is None:
        return ordering and order.rxo is not None
    placer = shared.orc.text(2) if shared.orc is not None else ""
    return (placer != "" and placer == order.obr.text(2)) or (ordering and not order.obr.text(2))
