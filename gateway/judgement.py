"""Flow: choose → split → translate → check → sign: what a payload says, as exchanges ready to be kept.

No store, no clock, no network: what is asked holds everything, so it may be judged in any
process of this gateway (gateway.judges), and the same question has one answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.adapter import MappingText, Payload, Record, SourceAdapter, Translation, split, translate
from gateway.binding import Binding
from gateway.brought import order_claims
from gateway.bundle import body, collection
from gateway.errors import Forbidden, NotConformant, SenderError, SettingsError
from gateway.exchange import OrderClaim
from gateway.facility import Facility
from gateway.mapping.made_by import with_file_told
from gateway.outcome import Issue, refusing
from gateway.quality.reading import Read, read
from gateway.r4 import check
from gateway.r4.profiles import Profiles
from gateway.revision import latest_said
from gateway.signing import Instead, Judged, Made, Signing
from gateway.source_signature import Attested, attested
from gateway.steps import Step, reached
from gateway.terminology.changed import named_decisions
from gateway.terminology.standards import Sighting, standardised
from gateway.terminology.terms import NOTHING_DECIDED, Terms, profile
from gateway.trust.keys import KeySigner, SigningKey
from gateway.whence import whence

AHEAD = timedelta(days=1)  # a sender's clock may be so far ahead of the gateway's, for zones and slips


@dataclass(frozen=True, slots=True)
class Asked:
    """A payload as a facility sent it, and what must be known to judge it.

    ``adapter``: the one its sender names, "" to look for it. ``key``: the facility's active key, None while
    it has none. ``at``: aware UTC, when its exchanges are made and signed. ``terms``: what was decided of its codes
    and units. ``mappings``: its mapping files in force. ``instead``: by a record's place, whose place it takes.
    """

    facility: Facility
    payload: Payload
    adapter: str
    key: SigningKey | None
    at: datetime
    terms: Terms = NOTHING_DECIDED
    mappings: tuple[MappingText, ...] = ()
    instead: Mapping[int, Instead] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ready:
    """What is to be kept of one record.

    ``made``: its exchange, and a second one of what the law keeps apart. ``whole``: the unsigned Bundle of all
    it became, before that was set apart; ``claims``: its order numbers. ``named``: facility codes the payload
    addresses. ``sightings``: its codes and units without a standard. ``read``: what it counts as.
    ``signature``: the verdict on the payload's own, "" where its format knows none.
    """

    made: tuple[Made, ...]
    issues: tuple[Issue, ...]
    whole: bytes
    claims: tuple[OrderClaim, ...]
    named: tuple[str, ...]
    read: Read
    sightings: tuple[Sighting, ...] = ()
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """By the adapter of this name, record by record; at least one stands, or waits for a person.

    ``whole``: a record's own bytes do not say how it is read, or whose signature it is under, so that the payload is
    kept as it came.
    """

    adapter: str
    records: tuple[Ready, ...]
    whole: bool = False


class Judge:
    """Judges payloads one at a time. ``source_endpoint``: this gateway's address; ``passphrase`` opens the keys.

    ``profiles``: those that resources can be held to; None: those built in.
    """

    def __init__(
        self,
        adapters: Sequence[SourceAdapter],
        source_endpoint: str,
        passphrase: str,
        profiles: Profiles | None = None,
    ) -> None:
        self._adapters = Binding(adapters)
        self._source_endpoint = source_endpoint
        self._passphrase = passphrase
        self._profiles = profiles
        self._signers: dict[str, KeySigner] = {}

    def judge(self, asked: Asked) -> Judgement:
        """SenderError when nothing of the payload stands, AdapterConflict, AdapterFault; SettingsError without a key
        where something is to be signed, or for a mapping file that the adapter cannot read by."""
        facility = asked.facility
        source = self._adapters.choose(asked.payload, asked.adapter, files=asked.mappings, allowed=facility.adapters)
        try:
            return self._judge(source, asked)
        except SenderError as refused:
            refused.adapter = source.name
            raise

    def _judge(self, source: SourceAdapter, asked: Asked) -> Judgement:
        facility = asked.facility
        records = split(source, asked.payload)
        proof = attested(records[0].signature, facility, asked.at) if source.signs else None
        judged = [_judged(source, record, asked, self._profiles, proof) for record in records]
        _some_stand(judged)
        signing = Signing(self._source_endpoint, lambda: self._signer(asked.key), asked.at)
        digest = asked.payload.sha256
        ready = tuple(
            _ready(one, signing.prepare(one, source, facility, digest, instead), instead)
            for one in judged
            for instead in [asked.instead.get(one.record.position)]
        )
        reached(Step.INTAKE_SIGNED)
        whole = records[0].written_out or (len(records) > 1 and (source.mapped or source.signs))
        return Judgement(source.name, ready, whole)

    def _signer(self, key: SigningKey | None) -> KeySigner:
        if key is None:
            raise SettingsError("key-none-active")
        if key.kid not in self._signers:  # opening one is slow on purpose
            self._signers[key.kid] = key.signer(self._passphrase)
        return self._signers[key.kid]


def _judged(
    source: SourceAdapter, record: Record, asked: Asked, profiles: Profiles | None, proof: Attested | None
) -> Judged:
    facility, terms = asked.facility, asked.terms
    told = proof.issues if proof else ()
    try:
        _own_record(record, facility)
        made = translate(source, record, profile(facility, terms))
        if instead := asked.instead.get(record.position):
            made = replace(made, resources=[*made.resources, *instead.gone])
    except SenderError as refused:
        return Judged(record, None, (*told, *record.issues, *refused.issues), refused, attested=proof)
    standard = standardised(made, terms)
    replaced = instead.exchange if instead and instead.signed else ""
    decided = named_decisions((*standard.decisions, *instead.decided)) if instead and replaced else ()
    made = with_file_told(standard.translation, source, facility.code, replaced, decided)
    reached(Step.INTAKE_TRANSLATED)
    bundle = made.bundle()
    found = whence([_strictly(issue) for issue in check(bundle, profiles=profiles)], bundle, made.lineage)
    reached(Step.INTAKE_CHECKED)
    issues = (*told, *made.issues, *found)
    if refusing(issues):
        return Judged(record, made, issues, NotConformant("record-not-valid", issues=issues), (), standard, proof)
    holds = (
        *(proof.holds if proof else ()),
        *made.holds,
        *(Issue("warning", "value", "field-held", one.field) for one in made.unplaced if one.clinical),
        *(
            [Issue("warning", "business-rule", "record-for-training")]
            if made.training and not facility.training
            else ()
        ),
        *_from_the_future(made, asked.at),
    )
    return Judged(record, made, issues, None, holds, standard, proof)


def _from_the_future(made: Translation, at: datetime) -> list[Issue]:
    """Its words would stand above all that the sender says until then."""
    said = latest_said(made.resources)
    ahead = said is not None and said - at > AHEAD
    return [Issue("warning", "business-rule", "record-from-the-future")] if ahead else []


def _strictly(found: Issue) -> Issue:
    """A collection may leave out what it names by URN; it becomes a message, whose receiver has nowhere to look."""
    return replace(found, severity="error") if found.rule == "r4-reference-dangling" else found


def _ready(one: Judged, made: Sequence[Made], instead: Instead | None) -> Ready:
    gone = {resource["id"] for resource in instead.gone} if instead else ()
    named = tuple(one.translation.recipients) if one.translation else ()
    whole = collection(one.resources)
    word = one.attested.word if one.attested else ""
    sightings = one.standard.sightings if one.standard and one.refused is None else ()
    claims = order_claims(collection(each for each in one.resources if each["id"] not in gone))
    counts = read(
        one.resources,
        one.issues,
        one.holds,
        refused=one.refused is not None,
        sightings=sightings,
        lineage=one.translation.lineage if one.translation else None,
    )
    return Ready(tuple(made), one.issues, body(whole), claims, named, counts, sightings, word)


def _some_stand(judged: Sequence[Judged]) -> None:
    """Raise what refused the record, or all of them, when none stands."""
    refused = [one.refused for one in judged if one.refused is not None]
    if len(refused) < len(judged):
        return
    if len(refused) == 1:
        raise refused[0]
    raise NotConformant("record-not-valid", issues=[issue for one in judged for issue in one.issues])


def _own_record(record: Record, facility: Facility) -> None:
    """A record may name the facility that sends it, or nobody; never another facility."""
    claimed = record.facility
    if not claimed or claimed == facility.code or claimed in facility.aliases:
        return
    if len(claimed) == 5 and claimed.isalnum() and claimed[:2].isdigit():  # the shape of MA_CSKCB
        raise Forbidden("record-of-another-facility")
    if facility.aliases:
        raise Forbidden("record-of-another-facility")
