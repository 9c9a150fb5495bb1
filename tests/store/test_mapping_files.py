"""Registered mapping files: every version stays, one name has one file in force, a version is one text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.adapter import MappingText
from gateway.errors import Conflict, NotFound
from gateway.store import Store, mapping_files
from gateway.store.mapping_files import Registered
from tests.plain_table import mapping

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
LAB, HOSPITAL = "79001", "01999"


def register(store: Store, text: str, facility: str = LAB) -> Registered | None:
    file = MappingText.read(text.encode())
    return store.write(
        lambda connection: mapping_files.register(connection, facility, file, by="Thu", reason="new export", now=NOW)
    )


def remove(store: Store, name: str = "xn-huyen", facility: str = LAB) -> Registered:
    noted, _ = store.write(
        lambda connection: mapping_files.remove(connection, facility, name, by="An", reason="HL7 now", now=NOW)
    )
    return noted


def in_force(store: Store, facility: str = LAB) -> list[str]:
    with store.read() as connection:
        return [f"{one.name} {one.version}" for one in mapping_files.in_force(connection, facility)]


def test_what_is_registered_is_read_back_with_who_when_and_why(store: Store) -> None:
    made = register(store, mapping(test="Đường máu"))
    with store.read() as connection:
        assert mapping_files.history(connection) == [made]
        (file,) = mapping_files.in_force(connection, LAB)
    assert made is not None
    assert (made.by, made.reason, made.at, made.facility) == ("Thu", "new export", NOW, LAB)
    assert file.text == mapping(test="Đường máu")
    assert file == MappingText.read(file.text.encode())


def test_a_new_version_takes_the_place_of_the_one_before_which_stays_and_may_come_back(store: Store) -> None:
    register(store, mapping("1"))
    register(store, mapping("2", "HbA1c"))
    assert in_force(store) == ["xn-huyen 2"]
    register(store, mapping("1"))
    assert in_force(store) == ["xn-huyen 1"]
    with store.read() as connection:
        assert [one.file.version for one in mapping_files.history(connection) if one.file] == ["1", "2", "1"]


def test_the_file_in_force_registered_again_changes_nothing(store: Store) -> None:
    register(store, mapping())
    assert register(store, mapping()) is None
    with store.read() as connection:
        assert len(mapping_files.history(connection)) == 1


def test_another_text_under_a_version_that_was_ever_registered_is_refused(store: Store) -> None:
    register(store, mapping("1"))
    register(store, mapping("2"))
    remove(store)
    for version in ("1", "2"):
        with pytest.raises(Conflict) as refused:
            register(store, mapping(version, "HbA1c"))
        assert refused.value.issues[0].rule == "mapping-version-taken"
    assert in_force(store) == []
    assert register(store, mapping("1", "HbA1c"), HOSPITAL) is not None  # another's versions are its own


def test_what_is_removed_is_in_force_no_more_and_stays_in_the_history(store: Store) -> None:
    register(store, mapping())
    noted = remove(store)
    assert (noted.file, noted.by, noted.reason) == (None, "An", "HL7 now")
    assert in_force(store) == []
    with store.read() as connection:
        told = mapping_files.history(connection)
        assert [one.file is None for one in told] == [False, True]
        assert mapping_files.standing(told) == []
    for name in ("xn-huyen", "another"):
        with pytest.raises(NotFound):
            remove(store, name)


def test_a_facilitys_own_file_goes_before_the_one_for_all_of_the_same_name_and_falls_back_to_it(store: Store) -> None:
    register(store, mapping("1", name="a"), "")
    register(store, mapping("1", name="b"), "")
    register(store, mapping("9", name="b"))
    assert in_force(store) == ["a 1", "b 9"]
    assert in_force(store, HOSPITAL) == ["a 1", "b 1"]
    remove(store, "b")
    assert in_force(store) == ["a 1", "b 1"]
