"""A watched folder: what becomes of each file, and of what is no file or not whole."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.collect.collector import Fate, Told
from gateway.collect.folder import Folder, Watch
from gateway.collect.settling import Look, Settling
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


# ---- what is no file, not whole, or not ours to move ---------------------------------------


def test_half_written_files_are_not_taken_by_their_names(site: Site, inbox: Path, folder: Folder) -> None:
    for name in (".a.hl7", "a.hl7.part", "a.hl7.TMP", "a.hl7.filepart", "a.hl7~", "a.crdownload"):
        (inbox / name).write_bytes(b"half")
    before = there(inbox)
    assert looked(folder) == []
    assert (there(inbox), site.posts) == (before, [])
    (inbox / "a.hl7.part").write_bytes(site.payload())
    (inbox / "a.hl7.part").rename(inbox / "a.hl7")
    assert fates(folder) == {Fate.TAKEN: 1}


def test_a_file_that_still_changes_is_not_taken_whatever_its_own_times_say(inbox: Path) -> None:
    at = [100.0]
    settling = Settling(5, lambda: at[0])
    path = inbox / "a"
    path.write_bytes(b"MSH")
    os.utime(path, (1, 1))  # a file server whose clock stands in 1970
    assert settling.left(path, Look.of(path.lstat())) == 5
    at[0] += 4
    assert settling.left(path, Look.of(path.lstat())) == 1
    with path.open("ab") as file:
        file.write(b"|")
    os.utime(path, (1, 1))
    assert settling.left(path, Look.of(path.lstat())) == 5
    at[0] += 5
    assert settling.left(path, Look.of(path.lstat())) == 0


def test_a_file_somebody_has_open_for_writing_is_left_until_it_is_closed(
    site: Site, inbox: Path, folder: Folder
) -> None:
    with (inbox / "a.hl7").open("wb") as file:
        file.write(site.payload())
        file.flush()
        assert looked(folder) == [Told(Fate.LEFT, "collect-file-open")]
        file.write(b"OBX|9|NM|x^x^L||1|||||F\r")
    assert fates(folder) == {Fate.TAKEN: 1}


def test_links_folders_and_pipes_are_passed_by(site: Site, inbox: Path, tmp_path: Path, folder: Folder) -> None:
    (tmp_path / "secret").write_bytes(site.payload())
    (inbox / "a.hl7").symlink_to(tmp_path / "secret")
    (inbox / "loop.hl7").symlink_to(inbox / "loop.hl7")
    (inbox / "deeper.hl7").mkdir()
    (inbox / "deeper.hl7" / "b.hl7").write_bytes(site.payload())
    os.mkfifo(inbox / "pipe.hl7")
    before = there(inbox)
    assert looked(folder) == []
    assert (there(inbox), site.posts) == (before, [])
    assert (inbox / "a.hl7").is_symlink()


def test_names_of_any_bytes_keep_them(site: Site, inbox: Path, folder: Folder) -> None:
    names = [b"k\xe9t qu\xa3.hl7", "kết quả\n2.hl7".encode(), b"x" * 251 + b".hl7", b"-rf.hl7", b"a.hl7.outcome.json"]
    for name in names:
        (inbox / os.fsdecode(name)).write_bytes(site.payload())
    (inbox / os.fsdecode(b"bad\xff.hl7")).write_bytes(b"none")
    assert fates(folder) == {Fate.TAKEN: 5, Fate.REFUSED: 1}
    done = {os.fsencode(path.name) for path in (inbox / "done").iterdir()}
    assert done == {*names[:2], *names[3:], names[2][:215]}
    refused = {os.fsencode(path.name) for path in (inbox / "refused").iterdir()}
    assert refused == {b"bad\xff.hl7", b"bad\xff.hl7.outcome.json"}


def test_a_file_longer_than_allowed_is_refused_unread(site: Site, inbox: Path) -> None:
    with (inbox / "huge.csv").open("wb") as file:
        file.truncate(1024**4)  # a terabyte of nothing, which takes no room
    made = Folder("lab", Watch(inbox, settle_seconds=0), site.door())
    assert list(made.once()) == [Told(Fate.REFUSED, "collect-too-large")]
    assert site.posts == []
    assert (inbox / "refused" / "huge.csv").stat().st_size == 1024**4
    told = json.loads((inbox / "refused" / "huge.csv.outcome.json").read_bytes())
    assert told["outcome"]["issue"][0]["code"] == "too-long"
    made.close()


def test_only_names_of_the_pattern_are_taken_in_capitals_or_not(site: Site, inbox: Path) -> None:
    for name in ("a.HL7", "b.hl7", "c.csv"):
        (inbox / name).write_bytes(site.payload())
    made = Folder("lab", Watch(inbox, ("*.hl7",), settle_seconds=0), site.door())
    assert fates(made) == {Fate.TAKEN: 2}
    assert set(there(inbox)) == {"c.csv", "done/a.HL7", "done/b.hl7"}
    made.close()


def test_a_disk_without_room_ends_the_look_and_loses_nothing(
    site: Site, inbox: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a.hl7").write_bytes(b"none")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SourceUnavailable, match="No space"):
        looked(folder)
    monkeypatch.undo()
    assert list(there(inbox).values()).count(b"none") == 1
    assert fates(folder) == {Fate.REFUSED: 1}
    assert set(there(inbox)) == {"refused/a.hl7", "refused/a.hl7.outcome.json"}
