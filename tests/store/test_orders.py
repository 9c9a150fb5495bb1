"""An order number is one patient's, collected on one date."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.errors import Conflict
from gateway.exchange import OrderClaim
from gateway.store import Store
from gateway.store.orders import claim_orders, conflicting, take_back

MONDAY, TUESDAY = "2026-11-23", "2026-11-24"


def order(patient: str = "p1", collected: str = MONDAY, number: str = "lab|1") -> OrderClaim:
    return OrderClaim(number, patient, collected)


def claim(store: Store, *claims: OrderClaim, facility: str = "01001") -> None:
    store.write(lambda connection: claim_orders(connection, facility, claims))


def conflicts(store: Store, *claims: OrderClaim, facility: str = "01001") -> list[OrderClaim]:
    with store.read() as connection:
        return conflicting(connection, facility, claims)


def test_a_free_number_is_claimed_and_claimed_again_by_the_same(store: Store) -> None:
    assert conflicts(store, order()) == []
    claim(store, order())
    claim(store, order())
    assert conflicts(store, order()) == []


def test_another_patient_with_the_same_number_conflicts(store: Store) -> None:
    claim(store, order())
    other = order("p2")
    assert conflicts(store, order(number="lab|2"), other) == [other]
    with pytest.raises(Conflict) as refused:
        claim(store, order(number="lab|2"), other)
    assert refused.value.issues[0].rule == "order-of-another"
    assert conflicts(store, order("p3", number="lab|2")) == []  # nothing of the refused claims was kept


def test_another_collection_date_conflicts(store: Store) -> None:
    claim(store, order())
    assert conflicts(store, order(collected=TUESDAY)) == [order(collected=TUESDAY)]


def test_another_facilitys_number_is_another_number(store: Store) -> None:
    claim(store, order())
    assert conflicts(store, order("p2"), facility="02002") == []


def test_no_date_matches_any(store: Store) -> None:
    claim(store, order())
    assert conflicts(store, order(collected="")) == []
    claim(store, order(collected=""))
    assert conflicts(store, order(collected=TUESDAY)) != []


def test_a_claim_without_a_date_is_completed_by_the_first_that_has_one(store: Store) -> None:
    claim(store, order(collected=""))
    assert conflicts(store, order("p2", "")) != []
    claim(store, order(collected=TUESDAY))
    assert conflicts(store, order(collected=MONDAY)) != []
    assert conflicts(store, order(collected=TUESDAY)) == []


def test_claims_of_one_exchange_may_contradict_one_another(store: Store) -> None:
    assert conflicts(store, order(), order("p2")) == [order("p2")]
    assert conflicts(store, order(collected=""), order(), order(collected=TUESDAY)) == [order(collected=TUESDAY)]
    claim(store, order(collected=""), order())
    assert conflicts(store, order(collected=TUESDAY)) != []


def test_of_two_patients_who_claim_one_number_at_once_one_gets_it(store: Store) -> None:
    def work(number: int) -> bool:
        try:
            claim(store, order(f"p{number}"))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(work, range(4))) == [False, False, False, True]


def test_a_claim_taken_back_is_free_and_one_that_stands_otherwise_stays(store: Store) -> None:
    claim(store, order(), order(number="lab|2"))
    before = [order(), order(number="lab|2", collected=TUESDAY), order(number="lab|3")]
    store.write(lambda connection: take_back(connection, "01001", before))
    store.write(lambda connection: take_back(connection, "01999", [order(number="lab|2")]))
    assert conflicts(store, order("p2"), order("p2", number="lab|2")) == [order("p2", number="lab|2")]
