"""Searching for a patient, and their page. What names a patient travels in the body of a POST, never in an address:
a page's address holds a random handle, known to this session alone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import get_args

from flask import Blueprint, Response

from gateway.access import Requester
from gateway.console.asked import Asked, asked
from gateway.console.desk import Desk
from gateway.console.refusal import Refusal
from gateway.console.rendering import page, see
from gateway.console.shown import Words, birth_of, name_of, notices, overview, person, report_lines, studies, told
from gateway.console.visit import Visit, actor, expect_own_form, requester, visit
from gateway.errors import NotFound, PayloadError
from gateway.facility import DEFAULT_BASIS
from gateway.person import differing, traits
from gateway.prior.question import About
from gateway.prior.record import Candidate
from gateway.reuse.order import Setting
from gateway.store import Connection, audit, sessions
from gateway.store.sessions import Look, Session

# What the form offers → the words the audit keeps. Each has a sentence in gateway/messages/console.toml.
BASES: Mapping[str, str] = {
    "treatment": DEFAULT_BASIS,
    "consent": "written consent of the patient or their representative",
    "emergency": "emergency: the patient cannot consent and delay would harm",
    "consultation": "consultation on the patient at the treating facility's request",
}
SETTINGS: tuple[Setting, ...] = get_args(Setting)
MOST_CHOSEN = 20
_HANDLE = re.compile(r"[A-Za-z0-9_-]{22}\Z")  # of 16 bytes in base64url
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}\Z")  # https://hl7.org/fhir/R4/datatypes.html#id


def open_door(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/patients")
    def patient_search() -> Response:
        here = visit(desk)
        return _form(desk, here, here.signed_in())

    @pages.post("/patients")
    def patient_found() -> Response:
        here = visit(desk)
        fields = expect_own_form(desk, here)
        session = here.signed_in()
        basis, setting = _one(fields, "basis"), _one(fields, "setting")
        if basis not in BASES:
            return _form(desk, here, session, 422, "console-basis-needed", setting)
        if setting not in SETTINGS:
            raise Refusal(400, "console-form-broken")
        who = requester(session, BASES[basis])
        if "patient" in fields:  # one of several that a number meant
            chosen = _named(desk, who, _one(fields, "patient"))
            return _opened(desk, here, session, chosen, Asked("chosen", ()), basis, setting)
        try:
            wanted = asked(_one(fields, "who"))
        except PayloadError as wrong:
            return _form(desk, here, session, 422, wrong.issues[0].rule, setting)
        found = desk.records.candidates(who, wanted.abouts)
        if not found:
            return _form(desk, here, session, 404, f"console-nobody-{wanted.read_as}", setting)
        if len(found) > 1:
            words = Words(here.language)
            listed = [
                (one.about.value, [(name_of(each), birth_of(each, words)) for each in one.patients], one.facilities)
                for one in found
            ]
            return page(desk, here, "several.html", 300, session=session, listed=listed, basis=basis, setting=setting)
        return _opened(desk, here, session, found, wanted, basis, setting)

    @pages.get("/patients/<handle>")
    def patient_page(handle: str) -> Response:
        here = visit(desk)
        return _page(desk, here, handle, {})

    @pages.post("/patients/<handle>")
    def patient_chosen(handle: str) -> Response:
        here = visit(desk)
        return _page(desk, here, handle, expect_own_form(desk, here))


def opened(desk: Desk, session: Session, handle: str) -> Look:
    """Refusal 404 where this session opened no such page: it says nothing of other sessions'."""
    found = None
    if _HANDLE.match(handle):
        with desk.store.read() as connection:
            found = sessions.find_look(connection, session.rid, handle)
    if found is None:
        raise Refusal(404, "console-no-look")
    return found


def _named(desk: Desk, who: Requester, logical_id: str) -> list[Candidate]:
    """The one person of a Patient's id; nobody where it is none, or is here no longer."""
    try:
        return desk.records.candidates(who, [About("", logical_id)]) if _ID.match(logical_id) else []
    except NotFound:
        return []


def _form(
    desk: Desk, here: Visit, session: Session, status: int = 200, problem: str = "", setting: str = ""
) -> Response:
    basis = next((key for key, words in BASES.items() if words == session.basis), "")
    return page(
        desk, here, "search.html", status,
        session=session, problem=problem, bases=list(BASES), basis=basis, settings=SETTINGS, setting=setting,
    )  # fmt: skip


def _opened(
    desk: Desk, here: Visit, session: Session, found: Sequence[Candidate], wanted: Asked, basis: str, setting: str
) -> Response:
    if not found:
        return _form(desk, here, session, 404, "console-nobody-chosen", setting)
    (one,) = found[:1]
    known = [traits(each) for each in one.patients]
    differs = next((rule for each in known if (rule := differing(wanted.card, each))), "")
    handle = secrets.token_urlsafe(16)
    look = Look(handle, one.about.system, one.about.value, BASES[basis], setting, wanted.read_as, differs)
    named = sorted(f"Patient/{each['id']}" for each in one.patients)
    now = desk.now()

    def work(connection: Connection) -> bool:
        if not sessions.open_look(connection, session.rid, look, now):
            return False
        audit.append(connection, now, actor(session), "console-patient-opened", look.basis, {"about": named})
        return True

    if not desk.store.write(work, soon=True):
        raise Refusal(401, "console-signed-out")
    return see(f"/console/patients/{handle}")


def _page(desk: Desk, here: Visit, handle: str, fields: Mapping[str, list[str]]) -> Response:
    session = here.signed_in()
    look = opened(desk, session, handle)
    setting = _setting(_one(fields, "setting")) if "setting" in fields else _setting(look.setting)
    rules = desk.priors.rules()
    known = {one.id for one in rules.conditions}
    conditions = frozenset(fields.get("condition", ()))
    if not conditions <= known:
        raise Refusal(400, "console-form-broken")
    if setting != look.setting:
        desk.store.write(lambda connection: sessions.set_setting(connection, look, setting), soon=True)
    who, about, words = requester(session, look.basis), About(look.system, look.value), Words(here.language)
    record = desk.records.record(who, about, setting, conditions)
    keys = list(dict.fromkeys(fields.get("test", ())))
    if len(keys) > MOST_CHOSEN:  # none is left out in silence
        raise Refusal(422, "console-too-many-tests", most=MOST_CHOSEN)
    tests = [one for one in record.tests if one.key in keys]
    answered = desk.records.chosen(who, about, tests, setting, conditions) if tests else None
    return page(
        desk, here, "patient.html",
        session=session, look=look, person=person(record.patients, words), record=record,
        rows=overview(record, rules, words), told=told(tests, answered, rules, words) if answered else [],
        notices=notices(answered, words) if answered else (),
        chosen=[one.key for one in tests], asked_for=bool(keys), settings=SETTINGS, setting=setting,
        conditions=rules.conditions, spoken=conditions, studies=studies(record, words),
        reports=report_lines(record, words), basis=_basis_key(look.basis),
    )  # fmt: skip


def _one(fields: Mapping[str, list[str]], name: str) -> str:
    return next(iter(fields.get(name, ())), "")


def _setting(text: str) -> Setting:
    for one in SETTINGS:
        if one == text:
            return one
    raise Refusal(400, "console-form-broken")


def _basis_key(words: str) -> str:
    return next((key for key, said in BASES.items() if said == words), "treatment")
