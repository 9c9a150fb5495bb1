"""Profiles are read from folders and packages; what is broken or too large is refused, and nothing is unpacked."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import PayloadError
from gateway.r4.profiles import Profiles, sources
from tests.r4.profiles.made import URL, profile, row

P = profile("Patient", row("Patient.active", min=1, mustSupport=True))


def package(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def written(definition: Any) -> bytes:
    return json.dumps(definition).encode()


def refused(source: Path) -> str:
    with pytest.raises(PayloadError) as raised:
        Profiles.read(source)
    return raised.value.issues[0].rule


def test_a_folder_is_searched_whole_and_other_resources_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "p.json").write_bytes(written(P))
    (tmp_path / "patient.json").write_text('{"resourceType":"Patient"}', encoding="utf-8")
    (tmp_path / "notes.txt").write_text("StructureDefinition", encoding="utf-8")
    assert Profiles.read(tmp_path).profile(URL) is not None


def test_a_package_a_file_and_a_bundle_are_read_as_well(tmp_path: Path) -> None:
    tgz = package(tmp_path / "p.tgz", {"package/package.json": b"{}", "package/StructureDefinition-p.json": written(P)})
    assert Profiles.read(tgz).profile(URL) is not None
    (tmp_path / "p.json").write_bytes(written({"resourceType": "Bundle", "entry": [{"resource": P}, 1]}))
    assert Profiles.read(tmp_path / "p.json").profile(URL) is not None


def test_what_lies_outside_of_the_package_folder_is_not_read(tmp_path: Path) -> None:
    names = ("../package/p.json", "/package/p.json", "package/example/p.json", "p.json")
    assert Profiles.read(package(tmp_path / "p.tgz", dict.fromkeys(names, written(P)))).profile(URL) is None
    assert [path.name for path in tmp_path.iterdir()] == ["p.tgz"]


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("gone.tgz", None, "r4-profile-source"),
        ("p.tgz", b"no archive", "r4-profile-source"),
        ("p.tgz", gzip.compress(b"no archive"), "r4-profile-source"),
        ("p.tgz", b"", "r4-profile-source"),
        ("p.json", b'{"resourceType": "StructureDefinition"', "r4-profile-source-json"),
        ("p.json", b'"StructureDefinition"' + b"[" * 5000, "r4-profile-source-json"),
    ],
    ids=["not there", "no archive", "no archive in it", "empty", "cut short", "deep"],
)
def test_a_source_that_is_broken_is_refused(tmp_path: Path, name: str, content: bytes | None, rule: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert refused(tmp_path / name) == rule


def test_a_package_cut_short_is_refused(tmp_path: Path) -> None:
    whole = package(tmp_path / "p.tgz", {f"package/{n}.json": written({"n": "x" * n, **P}) for n in range(200)})
    whole.write_bytes(whole.read_bytes()[:-400])
    assert refused(whole) == "r4-profile-source"


def test_a_source_that_unpacks_to_more_than_allowed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = package(tmp_path / "many.tgz", {f"package/{n}.json": written(P) for n in range(4)})
    long = package(tmp_path / "long.tgz", {"package/p.json": b" " * 50_000 + written(P)})
    monkeypatch.setattr(sources, "LARGEST_FILE", 40_000)
    assert refused(long) == "r4-profile-source-large"
    assert Profiles.read(many).profile(URL) is not None
    monkeypatch.setattr(sources, "MOST_FILES", 3)
    assert refused(many) == "r4-profile-source-large"
    monkeypatch.setattr(sources, "MOST_FILES", 9)
    monkeypatch.setattr(sources, "LARGEST_SOURCE", 2_000)
    assert refused(many) == "r4-profile-source-large"


def test_a_version_is_honoured_and_the_one_read_last_is_meant_without() -> None:
    one, two = {**P, "version": "1"}, profile("Group", version="2")
    known = Profiles.of([one, two])
    assert [known.profile(url) is None for url in (URL, f"{URL}|1", f"{URL}|2", f"{URL}|3")] == [False] * 3 + [True]
    types = [made.type for url in (URL, f"{URL}|1", f"{URL}|2") if (made := known.profile(url))]
    assert types == ["Group", "Patient", "Group"]


def test_two_sets_are_joined_and_the_second_wins() -> None:
    joined = Profiles.of([P]) | Profiles.of([profile("Group"), profile("Group", url="http://a.example/q")])
    found = joined.profile(URL), joined.profile("http://a.example/q")
    assert [made.type for made in found if made] == ["Group", "Group"]


def test_elements_flagged_must_support_are_listed() -> None:
    assert Profiles.of([P]).must_support(URL) == ["Patient.active"]
    assert Profiles.of([]).must_support(URL) == ()
