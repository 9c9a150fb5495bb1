"""The one table of reasons: every code that can count, and the best verdict it leaves possible.

The sentence of each stands under the same code in gateway/messages/reuse.toml. A reason whose effect is ``reuse``
speaks for reuse or is only told; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.reuse.verdict import Decision, Reason

DECISIONS: tuple[Decision, ...] = ("reuse", "clinician-decides", "repeat")  # from the best to the worst

_SPEAKS_FOR = (
    "reuse-inside-window",
    "reuse-identity-certain", "reuse-identity-by-person",
    "reuse-signature-valid",
    "reuse-status-final", "reuse-status-corrected", "reuse-newer-withdrawn",
    "reuse-level-sufficient", "reuse-level-own", "reuse-level-iso15189",
    "reuse-specimen-same", "reuse-method-same", "reuse-unit-converted",
    "reuse-positive",
    "reuse-examination-same", "reuse-report-and-images",
    "reuse-panel-one-set", "reuse-panel-stands", "reuse-panel-member",
)  # fmt: skip

_CLINICIAN_DECIDES = (
    "reuse-order-uncoded", "reuse-test-unknown", "reuse-groups-ambiguous",
    "reuse-order-later", "reuse-order-urgent", "reuse-order-detailed",
    "reuse-panel-missing", "reuse-panel-doubtful", "reuse-panel-several-sets", "reuse-panel-whole-told",
    "reuse-no-rule", "reuse-no-window", "reuse-left-to-the-doctor",
    "reuse-setting-unknown", "reuse-setting-monitoring", "reuse-setting-emergency",
    "reuse-age-unknown", "reuse-newborn", "reuse-condition-unheard",
    "reuse-time-missing", "reuse-time-unstated", "reuse-time-future", "reuse-time-contradictory", "reuse-window-open",
    "reuse-times-differ", "reuse-newest-unsure",
    "reuse-identity-conflicting",
    "reuse-signature-unverifiable", "reuse-signature-absent",
    "reuse-status-preliminary", "reuse-status-unknown", "reuse-flagged",
    "reuse-result-ambiguous", "reuse-kind-different",
    "reuse-notes", "reuse-specimen-remarks",
    "reuse-level-unknown", "reuse-level-expired", "reuse-level-requester-unknown",
    "reuse-specimen-unknown", "reuse-specimen-other", "reuse-method-unknown",
    "reuse-unit-unknown", "reuse-unit-not-comparable", "reuse-range-missing", "reuse-range-different",
    "reuse-positivity-unknown",
    "reuse-same-time-disagrees", "reuse-same-time-doubtful", "reuse-older-usable",
    "reuse-examination-unknown", "reuse-body-site-unknown", "reuse-laterality-unknown",
    "reuse-report-preliminary", "reuse-report-without-conclusion",
)  # fmt: skip

_REPEAT = (
    "reuse-no-prior", "reuse-only-withdrawn", "reuse-withdrawn",
    "reuse-window-passed",
    "reuse-never-alone", "reuse-unsafe",
    "reuse-signature-invalid",
    "reuse-level-lower",
    "reuse-specimen-different", "reuse-method-different",
    "reuse-other-quantity", "reuse-no-value",
    "reuse-negative",
    "reuse-modality-different", "reuse-body-site-different", "reuse-laterality-different",
    "reuse-report-missing", "reuse-images-missing",
    "reuse-panel-repeat",
)  # fmt: skip

EFFECTS: Mapping[str, Decision] = {
    **dict.fromkeys(_SPEAKS_FOR, "reuse"),
    **dict.fromkeys(_CLINICIAN_DECIDES, "clinician-decides"),
    **dict.fromkeys(_REPEAT, "repeat"),
}

_PLAIN = {code: Reason(code, effect) for code, effect in EFFECTS.items()}


def reason(code: str, rule: str = "", /, **parameters: object) -> Reason:
    """The reason with its effect; KeyError for a code without a row in the table. ``rule``: the id of who asked."""
    if not rule and not parameters:
        return _PLAIN[code]
    return Reason(code, EFFECTS[code], parameters, rule)


def worst(reasons: Iterable[Reason]) -> Decision:
    """What all of them together leave possible; of none, that nothing speaks for reuse: clinician decides."""
    found = {one.decision for one in reasons}
    return next((one for one in reversed(DECISIONS) if one in found), "clinician-decides")
