"""A watched folder: what becomes of each file, and of what is no file or not whole."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.collect.collector import Fate, Told
from gateway.collect.folder import Folder, Watch
from gateway.errors import GatewayError, SourceUnavailable
from tests.collect.site import NOT_NOW, Site


@pytest.fixture
def folder(site: Site, inbox: Path) -> Iterator[Folder]:
    made = Folder("lab", Watch(inbox, settle_seconds=0), site.door())
    yield made
    made.close()


def looked(folder: Folder) -> list[Told]:
    return list(folder.once())


def fates(folder: Folder) -> Counter[Fate]:
    return Counter(told.fate for told in looked(folder))


def there(inbox: Path) -> dict[str, bytes]:
    """Every file below the folder, by its path, our lock aside."""
    return {
        str(path.relative_to(inbox)): path.read_bytes()
        for path in inbox.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def test_a_file_is_taken_and_lies_in_done_as_it_came(site: Site, inbox: Path, folder: Folder) -> None:
    content = site.payload()
    (inbox / "a.hl7").write_bytes(content)
    assert fates(folder) == {Fate.TAKEN: 1}
    assert there(inbox) == {"done/a.hl7": content}
    assert site.exchanges_of(hashlib.sha256(content).hexdigest()) == 1
    assert looked(folder) == []
    assert len(site.posts) == 1


def test_what_the_gateway_refuses_lies_in_refused_with_the_reason_beside_it(inbox: Path, folder: Folder) -> None:
    (inbox / "a.hl7").write_bytes(b"no message of NGUYEN VAN A")
    assert fates(folder) == {Fate.REFUSED: 1}
    found = there(inbox)
    assert set(found) == {"refused/a.hl7", "refused/a.hl7.outcome.json"}
    told = json.loads(found["refused/a.hl7.outcome.json"])
    assert told["status"] == 400
    assert told["outcome"]["issue"][0]["details"]["coding"][0]["code"] == "hl7v2-outside-message"
    assert b"NGUYEN" not in found["refused/a.hl7.outcome.json"]


def test_while_the_gateway_is_busy_nothing_is_moved_and_later_all_is_taken(
    site: Site, inbox: Path, folder: Folder
) -> None:
    for name in ("a.hl7", "b.hl7"):
        (inbox / name).write_bytes(site.payload())
    before = there(inbox)
    site.script.append(NOT_NOW)
    with pytest.raises(GatewayError):
        looked(folder)
    assert there(inbox) == before
    assert fates(folder) == {Fate.TAKEN: 2}


def test_a_file_the_gateway_fails_at_stays_and_the_others_are_taken(site: Site, inbox: Path, folder: Folder) -> None:
    fault = {"severity": "fatal", "code": "exception", "details": {"coding": [{"code": "http-unexpected"}]}}
    outcome = {"resourceType": "OperationOutcome", "issue": [fault]}
    site.script.append((500, json.dumps(outcome).encode()))
    (inbox / "a.hl7").write_bytes(site.payload())
    os.utime(inbox / "a.hl7", (1, 1))  # the oldest is tried first
    (inbox / "b.hl7").write_bytes(site.payload())
    assert looked(folder) == [Told(Fate.LEFT, "http-unexpected"), Told(Fate.TAKEN)]
    assert set(there(inbox)) == {"a.hl7", "done/b.hl7"}
    (told,) = looked(folder)
    assert (told.fate, told.seconds > 0) == (Fate.LEFT, True), "and not tried again at once"


def test_a_file_of_the_same_name_does_not_replace_what_was_taken_before(
    site: Site, inbox: Path, folder: Folder
) -> None:
    contents = [site.payload() for _ in range(3)]
    for content in contents:
        (inbox / "a.hl7").write_bytes(content)
        assert fates(folder) == {Fate.TAKEN: 1}
    assert sorted(there(inbox)) == ["done/a.hl7", "done/a.hl7.2", "done/a.hl7.3"]
    assert sorted(there(inbox).values()) == sorted(contents)


def test_a_file_that_is_replaced_while_it_is_taken_is_taken_too(site: Site, inbox: Path, folder: Folder) -> None:
    first, second = site.payload(), site.payload()
    (inbox / "a.hl7").write_bytes(first)

    def replace() -> None:
        (inbox / "b.tmp").write_bytes(second)
        (inbox / "b.tmp").replace(inbox / "a.hl7")

    site.before.append(replace)
    assert fates(folder) == {Fate.WAITS: 1}
    assert fates(folder) == {Fate.TAKEN: 1}
    assert there(inbox) == {"done/a.hl7": second}
    assert [site.exchanges_of(hashlib.sha256(one).hexdigest()) for one in (first, second)] == [1, 1]


def test_a_file_that_is_written_on_while_it_is_taken_is_taken_as_it_became(
    site: Site, inbox: Path, folder: Folder
) -> None:
    (inbox / "a.hl7").write_bytes(site.payload())
    second = site.payload()
    site.before.append(lambda: (inbox / "a.hl7").write_bytes(second))
    assert fates(folder) == {Fate.WAITS: 1}
    assert fates(folder) == {Fate.TAKEN: 1}
    assert there(inbox) == {"done/a.hl7": second}
    assert site.posts[-1] == second


def test_a_second_collector_on_a_folder_says_so_and_takes_nothing(site: Site, inbox: Path, folder: Folder) -> None:
    assert looked(folder) == []
    (inbox / "a.hl7").write_bytes(site.payload())
    second = Folder("lab", Watch(inbox, settle_seconds=0), site.door())
    with pytest.raises(SourceUnavailable, match="Another collector"):
        looked(second)
    assert set(there(inbox)) == {"a.hl7"}
    folder.close()
    assert fates(second) == {Fate.TAKEN: 1}
    second.close()


def test_a_folder_that_is_not_there_is_not_made(site: Site, tmp_path: Path) -> None:
    gone = Folder("lab", Watch(tmp_path / "share"), site.door())
    with pytest.raises(SourceUnavailable, match="No such file"):
        looked(gone)
    assert not (tmp_path / "share").exists()
