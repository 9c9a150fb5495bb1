"""Who may do what: every grant needs its scope, a disclosure its legal basis, an exchange its own facility."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access import Grant, Requester, authorise, authorise_own, granted_scopes, scope
from gateway.errors import Forbidden

ASKER = Requester("lab", "01001", ("system/*.rs", "system/Bundle.c"), "treatment")


def asker(*scopes: str, basis: str = "treatment") -> Requester:
    return Requester("lab", "01001", scopes, basis)


def refused(ask: Callable[[], Grant]) -> str:
    with pytest.raises(Forbidden) as caught:
        ask()
    return caught.value.issues[0].rule


def test_a_grant_names_who_and_on_which_basis() -> None:
    assert authorise(ASKER, "s", "Observation") == Grant("lab", "01001", "treatment")


def test_without_a_legal_basis_nothing_is_disclosed() -> None:
    for basis in ("", "  "):
        for interaction in ("r", "s"):
            assert refused(lambda: authorise(asker("system/*.rs", basis=basis), interaction, "Patient")) == (  # noqa: B023
                "access-without-basis"
            )


def test_what_a_client_brings_needs_no_basis() -> None:
    bringer = asker("system/Bundle.c", "system/Bundle.r", basis="")
    assert authorise(bringer, "c", "Bundle").actor == "lab"
    assert authorise_own(bringer, "r", "01001").facility == "01001"


def test_another_facilitys_payloads_are_not_this_clients() -> None:
    assert refused(lambda: authorise_own(ASKER, "c", "79010")) == "access-other-facility"


def test_reading_is_not_searching_and_neither_is_bringing() -> None:
    assert refused(lambda: authorise(asker("system/Patient.r"), "s", "Patient")) == "access-scope-missing"
    assert refused(lambda: authorise(asker("system/Patient.s"), "r", "Patient")) == "access-scope-missing"
    assert refused(lambda: authorise(asker("system/*.rs"), "c", "Bundle")) == "access-scope-missing"
    assert refused(lambda: authorise_own(asker("system/Observation.c"), "c", "01001")) == "access-scope-missing"
    assert refused(lambda: authorise(asker("system/Patient.rs"), "r", "Observation")) == "access-scope-missing"
    assert refused(lambda: authorise(asker(), "r", "Observation")) == "access-scope-missing"


def test_letters_of_two_scopes_do_not_add_up_to_one_grant_of_another_type() -> None:
    assert refused(lambda: authorise(asker("system/Patient.r", "system/Observation.s"), "s", "Patient"))


@pytest.mark.parametrize(
    "text",
    ["", "system/*", "system/*.", "system/*.read", "system/*.sr", "system/*.rr", "user/*.rs", "system/*.rs?x=y",
     "system/*.rs ", "system/patient.rs", "SYSTEM/*.rs", "system/*.rs\n"],
)  # fmt: skip
def test_what_is_no_scope_grants_nothing(text: str) -> None:
    assert scope(text) is None
    assert granted_scopes([text], ["system/*.cruds"]) is None
    assert refused(lambda: authorise(asker(text), "r", "Patient")) == "access-scope-missing"


def test_a_token_gets_what_it_asks_for_within_what_is_registered() -> None:
    registered = ("system/*.rs", "system/Bundle.c")
    assert granted_scopes(["system/Patient.r"], registered) == ("system/Patient.r",)
    assert granted_scopes(["system/Patient.r", "system/Patient.c"], registered) is None
    assert granted_scopes(["system/Bundle.crs"], registered) is None  # two registered ones are not one
    assert granted_scopes(["system/*.rs", "system/*.rs"], registered) == ("system/*.rs",)
    assert granted_scopes([], registered) == ()


_types = st.sampled_from(["*", "Patient", "Observation", "Bundle"])
_letters = st.sets(st.sampled_from("cruds"), min_size=1).map(lambda some: "".join(x for x in "cruds" if x in some))
_scopes = st.builds("system/{}.{}".format, _types, _letters)


@given(registered=st.lists(_scopes, max_size=4), asked=st.lists(_scopes, min_size=1, max_size=4))
def test_a_granted_token_never_opens_what_the_registration_does_not(registered: list[str], asked: list[str]) -> None:
    granted = granted_scopes(asked, registered)
    if granted is None:
        return
    for interaction in ("c", "r", "s"):
        for resource_type in ("Patient", "Observation", "Bundle"):
            try:
                authorise(asker(*granted), interaction, resource_type)
            except Forbidden:
                continue
            authorise(asker(*registered), interaction, resource_type)
