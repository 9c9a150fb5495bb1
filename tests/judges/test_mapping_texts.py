"""Adapters that read by mapping files: the files' heads, and the adapter bound to its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest

from gateway.adapter import (
    DefaultProfile,
    MappingText,
    Payload,
    Profile,
    Record,
    SourceAdapter,
    Translation,
    bind,
    only_fitting,
    split,
    translate,
)
from gateway.errors import AdapterConflict, AdapterFault, GatewayError, PayloadError, SettingsError

SECRET = "NGUYEN VAN BI MAT"


def written(name: str = "xn-huyen", version: str = "1", adapter: str = "plain", rest: str = "") -> MappingText:
    """A mapping file of a plain adapter; ``rest``: what follows its head."""
    return MappingText.read(f'adapter = "{adapter}"\nname = "{name}"\nversion = "{version}"\n{rest}'.encode())


class Plain(SourceAdapter):
    """Reads a text by the one of its files whose name stands in it."""

    name = "plain"
    version = "1"
    mapped = True

    def __init__(self, files: Sequence[MappingText] = ()) -> None:
        self.files = files

    def recognises(self, payload: Payload) -> bool:
        return True

    def bound(self, files: Sequence[MappingText]) -> SourceAdapter:
        for one in files:
            if "wrong" in one.text:
                raise SettingsError("mapping-malformed", f"{one.name} line 4: row[1].attribute", error="no element")
            if "fault" in one.text:
                raise ValueError(SECRET)
        return Plain(files)

    def translate(self, record: Record, facility: Profile) -> Translation:
        fit = only_fitting(self.files, [one for one in self.files if one.name in record.data.decode()])
        return Translation([{"resourceType": "Patient"}], mapping=fit.label)


def rule_of(told: pytest.ExceptionInfo[GatewayError]) -> str:
    return told.value.issues[0].rule


# ---- the file -------------------------------------------------------------------------


def test_of_a_mapping_file_only_its_head_is_read() -> None:
    data = b'adapter = "plain"\nname = "xn-huyen"\nversion = "1.2"\n[anything]\nat = "all"\n'
    found = MappingText.read(data)
    assert (found.adapter, found.name, found.version, found.text) == ("plain", "xn-huyen", "1.2", data.decode())
    assert found.label == f"xn-huyen 1.2 sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.mark.parametrize(
    ("data", "rule", "place"),
    [
        (b"name = \n", "mapping-not-toml", "line 1"),
        (b'name = "a"\nname = "b"\n', "mapping-not-toml", "line 2"),
        (b"x = " + b"[" * 5000, "mapping-not-toml", "deep"),
        (b'adapter = "plain"\nname = "\xd2"\n', "mapping-not-utf8", "line 2"),
        (b"", "mapping-head", "adapter"),
        (b'adapter = "plain"\nversion = "1"\n', "mapping-head", "name"),
        (b'adapter = "plain"\nname = "x y"\nversion = "1"\n', "mapping-head", "name"),
        (b'adapter = "plain"\nname = "x\\n"\nversion = "1"\n', "mapping-head", "name"),
        (b'adapter = "plain"\nname = "' + b"x" * 65 + b'"\nversion = "1"\n', "mapping-head", "name"),
        (b'adapter = "plain"\nname = "x"\nversion = 1\n', "mapping-head", "version"),
        (b'adapter = "plain"\nname = "x"\nversion = ""\n', "mapping-head", "version"),
    ],
)
def test_a_file_without_a_head_to_be_kept_by_is_refused_and_where_is_told(data: bytes, rule: str, place: str) -> None:
    with pytest.raises(SettingsError) as told:
        MappingText.read(data)
    assert rule_of(told) == rule
    assert place in str(told.value)


# ---- the adapter ----------------------------------------------------------------------


def test_a_bound_adapter_reads_by_its_own_files_and_names_the_one_it_read_by() -> None:
    own, others = written(), written(adapter="another")
    bound = bind(Plain(), [others, own])
    assert isinstance(bound, Plain)
    assert list(bound.files) == [own]
    (record,) = split(bound, Payload(b"from xn-huyen"))
    assert translate(bound, record, DefaultProfile()).mapping == own.label


def test_without_a_file_of_its_own_an_adapter_stays_as_it_is() -> None:
    plain = Plain()
    assert bind(plain, []) is plain
    assert bind(plain, [written(adapter="another")]) is plain


def test_what_is_wrong_in_a_file_is_told_as_it_is_and_an_authors_fault_without_its_text() -> None:
    with pytest.raises(SettingsError) as told:
        bind(Plain(), [written(rest="wrong = 1")])
    assert told.value.issues[0].expression == "xn-huyen line 4: row[1].attribute"
    with pytest.raises(AdapterFault) as fault:
        bind(Plain(), [written(rest="fault = 1")])
    assert SECRET not in str(fault.value)


def test_a_file_for_an_adapter_that_reads_by_none_is_refused() -> None:
    class Unmapped(Plain):
        mapped = False

    with pytest.raises(SettingsError) as told:
        bind(Unmapped(), [written()])
    assert rule_of(told) == "mapping-adapter-reads-none"


def refused(adapter: SourceAdapter, text: bytes) -> GatewayError:
    with pytest.raises(GatewayError) as told:
        translate(adapter, split(adapter, Payload(text))[0], DefaultProfile())
    return told.value


def test_unbound_it_says_that_no_file_is_registered_and_how_to_do_it() -> None:
    told = refused(Plain(), b"x")
    assert isinstance(told, PayloadError)
    assert "gateway mapping add" in str(told)


def test_none_that_fits_and_two_that_fit_are_told_by_name() -> None:
    bound = bind(Plain(), [written("a-1", "3"), written("b-2", "4"), written("c-3")])
    none = refused(bound, b"x")
    assert isinstance(none, PayloadError)
    assert none.issues[0].parameters == {"mappings": "a-1 3, b-2 4, c-3 1"}
    both = refused(bound, b"a-1 b-2")
    assert isinstance(both, AdapterConflict)
    assert both.issues[0].parameters == {"mappings": "a-1 3, b-2 4"}


def test_a_settings_error_anywhere_else_is_the_adapters_own_fault() -> None:
    class Late(Plain):
        def translate(self, record: Record, facility: Profile) -> Translation:
            raise SettingsError("mapping-malformed", error=SECRET)

    told = refused(Late(), b"x")
    assert isinstance(told, AdapterFault)
    assert SECRET not in str(told)
