"""Rows at work: a bad field costs that field, and compiled rows do what a plain reading of them does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.placing import Field, compile_rows, place
from gateway.mapping.rows import Row, When
from tests.mapping.plain_rows import place_plainly


class Fields:
    """A source of fields, repetitions and all."""

    def __init__(self, **values: list[str]) -> None:
        self._values = values

    def repetitions(self, name: str) -> list[Field]:
        values = self._values.get(name, [])
        return [Field(name if len(values) == 1 else f"{name}[{n}]", text) for n, text in enumerate(values, 1)]

    def text(self, name: str) -> str:
        return next(iter(self._values.get(name, [])), "")


def converter(row: Row) -> Callable[[Field, str], Piece | None]:
    """ "bad" has no place, "nothing" is nothing; a coding has a part the rules fix, "upper" asks the context."""

    def convert(one: Field, context: str) -> Piece | None:
        if one.value == "bad":
            raise CannotPlace("time-impossible")
        if one.value == "nothing":
            return None
        if row.datatype == "coding":
            return Piece({"system": context, "code": one.value}, {"code": one.path})
        return Piece.of(one.value, one.path)

    return convert


def placed(rows: Sequence[Row], **values: list[str]) -> tuple[Draft, Ledger]:
    draft, ledger = Draft("Patient", "p"), Ledger()
    place(compile_rows(rows, converter, str), Fields(**values), {"Patient": draft}, "urn:x", ledger)
    return draft, ledger


def test_repetitions_append_with_their_own_paths() -> None:
    draft, _ = placed([Row("A", "Patient.name[]")], A=["x", "y"])
    assert draft.resource["name"] == ["x", "y"]
    assert draft.lineage == {"name[0]": "A[1]", "name[1]": "A[2]"}


def test_a_bad_repetition_costs_only_itself() -> None:
    draft, ledger = placed([Row("A", "Patient.name[]")], A=["x", "bad", "y"])
    assert draft.resource["name"] == ["x", "y"]
    assert [field.field for field in ledger.unplaced] == ["A[2]"]
    assert not ledger.holds


def test_a_bad_clinical_field_holds() -> None:
    _, ledger = placed([Row("A", "Patient.name[]", clinical=True)], A=["bad"])
    assert [issue.rule for issue in ledger.holds] == ["time-impossible"]


def test_an_element_is_never_overwritten() -> None:
    rows = [Row("A", "Patient.gender"), Row("B", "Patient.gender")]
    draft, ledger = placed(rows, A=["x"], B=["y"])
    assert draft.resource["gender"] == "x"
    assert [(field.field, issue.rule) for field, issue in zip(ledger.unplaced, ledger.issues, strict=True)] == [
        ("B", "element-taken")
    ]
    same, clean = placed(rows, A=["x"], B=["x"])
    assert same.resource["gender"] == "x"
    assert not clean.unplaced


def test_a_condition_that_fails_places_nothing() -> None:
    rows = [Row("A", "Patient.gender", when=When("B", present=True))]
    assert "gender" not in placed(rows, A=["x"])[0].resource
    assert placed(rows, A=["x"], B=["z"])[0].resource["gender"] == "x"


def test_an_assignment_is_placed_instead_of_the_fields_own_value() -> None:
    draft, _ = placed([Row("A", "Patient.active", assignment=True)], A=["whatever"])
    assert draft.resource["active"] is True
    assert draft.lineage == {"active": "A"}


FIELDS = ("A", "B", "C")
attributes = st.sampled_from(
    ["Patient.gender", "Patient.name[]", "Patient.name[0].text", "Patient.contact.name.text", "Patient.x.y[]",
     "Encounter.class", "Encounter.period.start", "Coverage.status"]
)  # fmt: skip
conditions = st.builds(
    lambda field, test: When(field, **test),
    st.sampled_from(FIELDS),
    st.sampled_from(
        [{"present": True}, {"present": False}, {"equals": "x"}, {"among": ("x", "bad")}, {"longer_than": 1}]
    ),
)
rows_made = st.lists(
    st.builds(
        Row,
        field=st.sampled_from(FIELDS),
        attribute=attributes,
        datatype=st.sampled_from(["text", "coding"]),
        assignment=st.sampled_from([None, None, None, "fixed"]),
        when=st.none() | conditions,
        clinical=st.booleans(),
    ),
    max_size=6,
)
values_said = st.dictionaries(
    st.sampled_from(FIELDS), st.lists(st.sampled_from(["x", "y", "bad", "nothing", "long"]), max_size=3)
)


@given(rows_made, values_said)
def test_compiled_rows_do_what_a_plain_reading_of_them_does(rows: list[Row], values: dict[str, list[str]]) -> None:
    told = []
    for how in ("compiled", "plain"):
        drafts, ledger = {name: Draft(name, "1") for name in ("Patient", "Encounter")}, Ledger()
        broken = ""
        try:
            if how == "compiled":
                place(compile_rows(rows, converter, str), Fields(**values), drafts, "urn:x", ledger)
            else:
                place_plainly(rows, Fields(**values), drafts, converter, "urn:x", ledger)
        except (TypeError, AttributeError, KeyError, IndexError) as fault:  # rows that contradict one another
            broken = type(fault).__name__
        made = [(draft.resource, list(draft.lineage.items())) for draft in drafts.values()]
        told.append((made, ledger.issues, ledger.holds, ledger.unplaced, bool(broken)))
    assert told[0] == told[1]


@given(rows_made, values_said)
def test_each_repetition_a_row_speaks_of_is_used_or_listed(rows: list[Row], values: dict[str, list[str]]) -> None:
    simple = [Row(row.field, "Patient.name[]", row.datatype, clinical=row.clinical) for row in rows]
    _, ledger = placed(simple, **values)
    source = Fields(**values)
    assert all(ledger.used(one.path) for row in simple for one in source.repetitions(row.field))
    bad = {one.path for row in simple for one in source.repetitions(row.field) if one.value == "bad"}
    assert {field.field for field in ledger.unplaced} == bad
