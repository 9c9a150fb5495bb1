"""ADT^A40: the numbers of one patient are from now on another's. Both stay: linked, the prior one no longer active.

Each PID with the MRG behind it is a pair of its own. What was stored of the prior patient stays the prior's: its
Patient has the id that its own messages made, by the same rules (adapters.hl7v2.patient.known_by).
"""

from __future__ import annotations

from adapters.hl7v2.account_numbers import translate_prior_account
from adapters.hl7v2.patient import RECORD, known_by
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import place


def translate_merge(told: Told) -> list[Draft]:
    """The prior patients, each linked with the surviving one. PayloadError where none is named."""
    if not told.groups.priors:
        raise PayloadError("hl7v2-merge-without-prior", "MRG")
    drafts: list[Draft] = []
    for segment in told.groups.priors:
        account = Draft("Account", "")
        for prior in _priors(segment, account, told):
            if prior.id == told.patient.id:
                raise PayloadError("hl7v2-merge-itself", segment.path(1))
            _link(told.patient, prior)
            drafts.append(prior)
        drafts += translate_prior_account(account, drafts[-1], told)
    return drafts


def _priors(segment: Segment, account: Draft, told: Told) -> list[Draft]:
    """One for each of the facility's own record numbers: either may have messages of its own. Else one for them all."""
    draft = Draft("Patient", "")
    place(segment_rows("MRG"), segment, {"Patient": draft, "Account": account}, told.scope, told.scope.ledger)
    numbers = draft.get("identifier") or []
    if not numbers:
        raise PayloadError("hl7v2-merge-without-prior", segment.path(1))
    if "managingOrganization" in told.patient.resource:
        draft.put("managingOrganization", dict(told.patient.resource["managingOrganization"]))
    number = known_by(draft, told.scope, "")
    if not RECORD.match(number[0]):
        told.scope.ledger.hold("business-rule", "hl7v2-merge-number-unsure", segment.path(1))
    own = [one["value"] for one in numbers if one["system"] == told.scope.system("mrn")]
    made = []
    for value in own[1:]:
        other = Draft("Patient", deterministic_id(told.scope.facility, "Patient", told.scope.system("mrn"), value))
        at = next(n for n, one in enumerate(numbers) if one["value"] == value)
        other.add("identifier", _moved(draft, f"identifier[{at}]"))
        made.append(other)
    draft.resource["id"] = deterministic_id(told.scope.facility, "Patient", *number)
    return [draft, *made]


def _link(surviving: Draft, prior: Draft) -> None:
    prior.put("active", False)
    prior.add("link", Piece({"other": surviving.reference, "type": "replaced-by"}))
    surviving.add("link", Piece({"other": prior.reference, "type": "replaces"}))


def _moved(draft: Draft, path: str) -> Piece:
    """An element of the draft with its lineage."""
    sources = {at[len(path) + 1 :]: source for at, source in draft.lineage.items() if at.startswith(f"{path}.")}
    return Piece(draft.get(path), sources)


def united(drafts: list[Draft]) -> list[Draft]:
    """One resource of each id: a patient may survive one merge and be prior in another of the same message.

    PayloadError where two PID say different things of one patient, or a patient is replaced by itself in the end.
    """
    made: dict[tuple[str, str], Draft] = {}
    for draft in drafts:
        known = made.setdefault((draft.type, draft.id), draft)
        if known is draft:
            continue
        if draft.type != "Patient":  # an account that PID-18 and MRG-3 name, or two MRG
            _join(known, draft, ("identifier",))
            continue
        first, second = (draft, known) if _thin(known) and not _thin(draft) else (known, draft)
        if not _thin(second) and _words(first) != _words(second):
            raise PayloadError("hl7v2-two-patients", "PID")
        _join(first, second, ("identifier", "name", "link"))
        if "active" in second.resource:
            first.put("active", False)
        made[draft.type, draft.id] = first
    _refuse_circle([draft for draft in made.values() if draft.type == "Patient"])
    return list(made.values())


def _join(first: Draft, second: Draft, elements: tuple[str, ...]) -> None:
    """What the second says more, in the first."""
    for element in elements:
        for at in range(second.count(element)):
            piece = _moved(second, f"{element}[{at}]")
            if piece.value not in (first.get(element) or []):
                first.add(element, piece)


def _thin(draft: Draft) -> bool:
    """A prior patient, of whom MRG says number and name only."""
    return not any(source.startswith("PID") for source in draft.lineage.values())


def _words(draft: Draft) -> dict[str, object]:
    return {name: value for name, value in draft.resource.items() if name not in ("link", "active")}


def _refuse_circle(patients: list[Draft]) -> None:
    replaced: dict[str, set[str]] = {}
    for patient in patients:
        links = patient.get("link") or []
        replaced[patient.reference["reference"]] = {
            one["other"]["reference"] for one in links if one["type"] == "replaced-by"
        }
    for start in replaced:
        reached: set[str] = set()
        ahead = set(replaced[start])
        while ahead:
            reached |= ahead
            ahead = {further for one in ahead for further in replaced.get(one, set())} - reached
        if start in reached:
            raise PayloadError("hl7v2-merge-itself", "MRG")
