"""The stories as they happen: all files go into one gateway, a second one gets what is addressed to it, doctors ask."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.bundle import Resource
from gateway.facility import Recipient
from gateway.jsontext import loads
from gateway.store import facilities, vocabulary
from gateway.trust import trustfile
from tests.rest.world import FHIR, NOW, World, opened
from tests.stories.story import FACILITIES, PROVINCE, File, Story, stories
from tests.stories.words import in_words

XML = {"Content-Type": "application/xml"}
_NOT_COUNTED = ("MessageHeader", "Provenance")


@dataclass(frozen=True, slots=True)
class Came:
    """What became of a file: how its exchange stands, how many resources of each type, what was said, who gets it."""

    status: str
    made: Mapping[str, int]
    rules: tuple[str, ...]
    sent_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found, and the same in words."""

    asked: str
    found: tuple[Resource, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """``people``: the ids of the Patients that bear the citizen's number."""

    story: Story
    came: tuple[Came, ...]
    answers: Mapping[str, Answer]
    people: frozenset[str]


@cache
def told() -> Mapping[str, Told]:
    """Every story, told once over SQLite."""
    with TemporaryDirectory() as folder:
        return tell(f"sqlite:///{folder}/gateway.sqlite3", Path(folder))


def tell(url: str, folder: Path) -> dict[str, Told]:
    """Every story over an empty database or empty tables, all files before the first question."""
    with _gateways(url, folder) as (shared, province):
        came = {}
        for name, story in stories().items():
            _decide(shared, story)
            came[name] = tuple(_send(shared, province, one) for one in story.files)
        return {name: _asked(shared, province, story, came[name]) for name, story in stories().items()}


@contextlib.contextmanager
def _gateways(url: str, folder: Path) -> Iterator[tuple[World, World]]:
    """The one that most facilities share, and the provincial hospital's, which believes it."""
    there = folder / "province"
    there.mkdir()
    here = {code: code for code in FACILITIES if code != PROVINCE}
    shared = opened(url, folder, here)
    own = {PROVINCE: PROVINCE, "peer": PROVINCE}
    province = opened(f"sqlite:///{there}/gateway.sqlite3", there, own, base_url="https://province.example")
    try:
        for one in (shared, province):
            one.sign_here()
        trust = shared.parts.keyring.public_trust().as_json()
        province.parts.keyring.import_trust("shared", trustfile.read(trust), actor="test")
        named = Recipient("province", "http://127.0.0.1:9", trust, facility=PROVINCE, basis="referral")
        shared.parts.store.write(lambda connection: facilities.add_recipient(connection, named, NOW))
        yield shared, province
    finally:
        shared.parts.close()
        province.parts.close()


def _decide(world: World, story: Story) -> None:
    """What persons decided of local codes before the first file came."""
    for one in story.decisions:
        decide = partial(
            vocabulary.decide, facility=one["facility"], kind="code", system=one["system"], code=one["code"],
            target=("http://loinc.org", one["loinc"], ""), equivalence="equivalent", by="BS. Mẫu", reason="", now=NOW,
        )  # fmt: skip
        world.parts.store.write(decide)


def _send(shared: World, province: World, file: File) -> Came:
    answer = shared.post(file.payload, file.facility, file.facility, **XML)
    assert answer.json is not None
    (line,) = answer.json["exchanges"]
    shown = shared.get(f"/exchanges/{line['id']}", file.facility).data
    exchange = loads(shown)
    for _ in exchange["deliveries"]:
        _deliver(province, shown[shown.index(b'"bundle":') + 9 : shown.index(b',"deliveries":')])
    kinds = Counter(entry["resource"]["resourceType"] for entry in exchange["bundle"]["entry"])
    return Came(
        line["status"],
        {kind: count for kind, count in sorted(kinds.items()) if kind not in _NOT_COUNTED},
        tuple(issue["details"]["coding"][0]["code"] for issue in exchange["outcome"]["issue"]),
        tuple(one["recipient"] for one in exchange["deliveries"]),
    )


def _deliver(province: World, message: bytes) -> None:
    """Bring the signed bytes to the other gateway, as the delivery worker would."""
    receipt = province.http.post("/fhir/$process-message", data=message, headers=province.bearer("peer") | FHIR)
    assert loads(receipt.data)["entry"][0]["resource"]["response"]["code"] == "ok", receipt.text


@dataclass(frozen=True)
class _Doctor:
    """A facility's client, with one token for all it asks."""

    world: World
    headers: Mapping[str, str]
    read_before: dict[str, Resource] = field(default_factory=dict)

    def search(self, asked: str) -> tuple[Resource, ...]:
        return tuple(entry["resource"] for entry in self._get(asked).get("entry", ()))

    def read(self, reference: str) -> Resource:
        if reference not in self.read_before:
            self.read_before[reference] = self._get(reference)
        return self.read_before[reference]

    def _get(self, path: str) -> Resource:
        answer = self.world.http.get(f"/fhir/{path}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        got: Resource = loads(answer.data)
        return got


def _asked(shared: World, province: World, story: Story, came: tuple[Came, ...]) -> Told:
    answers: dict[str, Answer] = {}
    doctors: dict[str, _Doctor] = {}
    about = ""
    for question in story.questions:
        if question.by not in doctors:
            world = province if question.by == PROVINCE else shared
            doctors[question.by] = _Doctor(world, world.bearer(question.by))
        doctor = doctors[question.by]
        asked = question.ask.format(citizen=story.citizen, patient=about)
        found = doctor.search(asked)
        about = next(filter(None, map(patient_of, found)), about)
        lines = tuple(line for one in found for line in in_words(one, doctor.read))
        answers[question.name] = Answer(asked, found, lines)
    known = next(iter(doctors.values())).search(f"Patient?identifier={story.citizen}")
    return Told(story, came, answers, frozenset(str(one["id"]) for one in known))


def patient_of(one: Resource) -> str:
    """The id of the Patient a resource is about, or is."""
    if one["resourceType"] == "Patient":
        return str(one["id"])
    about = one.get("subject") or one.get("patient") or {}
    return str(about.get("reference", "")).removeprefix("Patient/")
