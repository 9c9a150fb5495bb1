"""`gateway validate`: a line a file; valid is no error and no fatal issue, of R4 and of the profiles asked for."""

from __future__ import annotations

import json
import re
import tarfile
from pathlib import Path

import pytest

from gateway.messages import sentence
from tests.cli.terminal import LAB_SAMPLE, ROOT, Terminal, rules

PATIENT = {"resourceType": "Patient", "birthDate": "1990"}


def test_a_valid_resource_ends_with_0_and_says_so(terminal: Terminal) -> None:
    file = terminal.file("patient.json", PATIENT)
    ran = terminal.well("validate", file)
    assert list(ran.line) == ["source", "outcome"]
    assert ran.line["source"] == str(file)
    assert not {issue["severity"] for issue in ran.line["outcome"]["issue"]} & {"error", "fatal"}
    assert ran.err == ""


def test_one_wrong_file_among_good_ones_ends_with_1_and_each_has_its_line(terminal: Terminal) -> None:
    good = terminal.file("good.json", PATIENT)
    wrong = terminal.file("wrong.json", PATIENT | {"birthDate": "1990-13"})
    ran = terminal("validate", good, wrong, good)
    assert ran.code == 1
    assert [line["source"] for line in ran.lines] == [str(good), str(wrong), str(good)]
    severities = [[issue["severity"] for issue in line["outcome"]["issue"]] for line in ran.lines]
    assert ["error" in found for found in severities] == [False, True, False]
    assert "1990-13" not in ran.out.decode()


def test_what_is_no_json_is_invalid_not_wrong_usage(terminal: Terminal) -> None:
    for content in (b"", b"{", b"\xff", b"[1]", b'{"resourceType":"Patient","a":1,"a":2}', b'{"a":NaN}'):
        ran = terminal("validate", "-", stdin=content)
        assert (ran.code, ran.line["source"]) == (1, "-"), content
        assert rules(ran.line["outcome"])


def test_a_file_that_is_too_long_is_not_read(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    file = terminal.file("patient.json", PATIENT)
    monkeypatch.setattr("gateway.cli.validate.LONGEST", file.stat().st_size - 1)
    asked = ("--must-support", "--profile", "http://hl7.org/fhir/StructureDefinition/bp")
    ran = terminal("validate", *asked, file)
    assert (ran.code, rules(ran.line["outcome"]), ran.line["must_support"]) == (1, ["r4-text-too-long"], None)
    monkeypatch.setattr("gateway.cli.validate.LONGEST", file.stat().st_size)
    terminal.well("validate", file)


def test_every_bundle_that_translate_makes_is_valid(terminal: Terminal) -> None:
    bundle = terminal.well("translate", LAB_SAMPLE).line["bundle"]
    terminal.well("validate", "-", stdin=json.dumps(bundle).encode())


# ---- profiles -----------------------------------------------------------------------------

LABORATORY = "https://lienthong.example/fhir/StructureDefinition/laboratory-result"
NAMED = "http://a.example/StructureDefinition/named"
PROFILE = {
    "resourceType": "StructureDefinition",
    "url": NAMED,
    "type": "Patient",
    "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
    "derivation": "constraint",
    "differential": {"element": [{"id": "Patient.name", "path": "Patient.name", "min": 1}]},
}


@pytest.fixture
def folder(terminal: Terminal) -> Path:
    """A folder with one profile: a Patient has a name."""
    made = terminal.folder / "guide" / "package"
    made.mkdir(parents=True)
    (made / "named.json").write_text(json.dumps(PROFILE))
    return made


def test_a_profile_that_is_built_in_can_be_asked_for(terminal: Terminal) -> None:
    file = terminal.file("observation.json", {"resourceType": "Observation", "status": "final", "code": {"text": "a"}})
    terminal.well("validate", file)
    ran = terminal("validate", "--profile", LABORATORY, file)
    assert ran.code == 1
    assert {"r4-profile-required", "r4-profile-slice", "r4-profile-constraint"} == set(rules(ran.line["outcome"]))


def test_profiles_come_from_a_folder_and_from_the_settings_alike(terminal: Terminal, folder: Path) -> None:
    file = terminal.file("patient.json", PATIENT)
    claiming = terminal.file("claiming.json", PATIENT | {"meta": {"profile": [NAMED]}})
    assert rules(terminal.well("validate", claiming).line["outcome"]) == ["r4-profile-unknown"]
    assert terminal("validate", "--profiles", folder, "--profile", NAMED, file).code == 1
    assert terminal("validate", "--profiles", folder, claiming).code == 1
    terminal.well("validate", "--profiles", folder, file)
    terminal.set(profiles=str(folder))
    assert terminal("validate", "--profile", NAMED, file).code == 1
    assert rules(terminal("validate", claiming).line["outcome"]) == ["r4-profile-required"]


def test_profiles_come_from_a_package_as_well(terminal: Terminal, folder: Path) -> None:
    package = terminal.folder / "guide.tgz"
    with tarfile.open(package, "w:gz") as archive:
        archive.add(folder, arcname="package")
    file = terminal.file("patient.json", PATIENT)
    assert terminal("validate", "--profiles", package, "--profile", NAMED, file).code == 1


def test_a_profile_of_another_type_is_said_of_the_resource(terminal: Terminal, folder: Path) -> None:
    file = terminal.file("location.json", {"resourceType": "Location", "name": "a"})
    ran = terminal("validate", "--profiles", folder, "--profile", NAMED, file)
    assert (ran.code, rules(ran.line["outcome"])) == (1, ["r4-profile-of-type"])


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_profile_nobody_knows_is_wrong_usage_and_nothing_is_read(terminal: Terminal, language: str) -> None:
    terminal.set(lang=language)
    ran = terminal("validate", "--profile", NAMED, terminal.file("patient.json", PATIENT))
    assert (ran.code, ran.out) == (2, b"")
    assert NAMED in ran.err
    assert sentence("r4-profile-asked-unknown", language, profile=NAMED) in ran.err


@pytest.mark.parametrize("language", ["en", "vi"])
def test_profiles_that_cannot_be_read_are_wrong_usage(terminal: Terminal, folder: Path, language: str) -> None:
    terminal.set(lang=language)
    file = terminal.file("patient.json", PATIENT)
    empty = terminal.folder / "empty"
    empty.mkdir()
    wrong = [
        (terminal.folder / "nowhere", "r4-profile-source"),
        (terminal.file("no.tgz", b"no archive"), "r4-profile-source"),
        (terminal.file("no.json", b'{"resourceType": "StructureDefinition"'), "r4-profile-source-json"),
        (empty, "profiles-none"),
    ]
    for path, rule in wrong:
        ran = terminal("validate", "--profiles", path, file)
        assert (ran.code, ran.out) == (2, b""), path
        assert f"{path}: {sentence(rule, language)}" in ran.err
        terminal.set(profiles=f"{folder}:{path}")
        ran = terminal("validate", file)
        assert (ran.code, ran.out) == (2, b""), path
        assert f"GATEWAY_PROFILES {path}: {sentence(rule, language)}" in ran.err
        terminal.set(profiles="")


def test_what_a_profile_flags_and_the_resource_has_not_is_told_and_refuses_nothing(terminal: Terminal) -> None:
    """The example of docs/profiles.md keeps the profile it is shown for."""
    text = (ROOT / "docs/profiles.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    file = terminal.file("observation.json", example)
    ran = terminal.well("validate", "--must-support", "--profile", LABORATORY, file)
    assert rules(ran.line["outcome"]) == ["all-ok"]
    absent = ran.line["must_support"][LABORATORY]
    assert {"Observation.issued", "Observation.dataAbsentReason"} <= set(absent)
    assert not {"Observation.subject.reference", "Observation.value[x]", "Observation.effective[x]"} & set(absent)
    whole = json.loads(example)
    other_system = {"valueQuantity": whole["valueQuantity"] | {"system": "urn:oid:1.2.3"}}
    for wrong in ({key: value for key, value in whole.items() if key != "subject"}, whole | other_system):
        assert terminal("validate", "--profile", LABORATORY, terminal.file("wrong.json", wrong)).code == 1
    assert terminal("validate", "--must-support", file).code == 2
    assert terminal("validate", "--must-support", "--profile", LABORATORY, "-", stdin=b"{").line["must_support"] is None
