"""What an adapter makes is held to the profiles that it names, those of the settings included."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.adapter import Payload, Translation
from gateway.errors import NotConformant, SettingsError
from gateway.facility import Facility
from gateway.judgement import Asked, Judge
from gateway.r4.profiles import Profiles
from tests.judges.test_adapter import RECORD, Written
from tests.r4.profiles.made import URL, profile, row

ASKED = Asked(Facility("79001", "Lab"), Payload(b"x"), "", None, datetime(2026, 11, 22, tzinfo=UTC))


def judge(profiles: Profiles | None = None) -> Judge:
    claiming = {
        "resourceType": "Patient",
        "id": "7d6f1f6c-7b3a-4bb0-a0b4-3f2f5a1f7c11",
        "meta": {"profile": [URL]},
        "gender": "male",
    }
    adapter = Written(made=lambda: Translation([claiming]), cut=lambda: [RECORD])
    return Judge([adapter], "http://127.0.0.1:1", "secret", profiles)


def test_a_record_that_breaks_the_profile_it_names_is_refused() -> None:
    known = Profiles.of([profile("Patient", row("Patient.name", min=1))])
    with pytest.raises(NotConformant) as refused:
        judge(known).judge(ASKED)
    assert "r4-profile-required" in [issue.rule for issue in refused.value.issues]


def test_a_profile_that_is_not_known_refuses_nothing() -> None:
    with pytest.raises(SettingsError, match="key"):  # it came as far as signing, and there is no key here
        judge().judge(ASKED)
