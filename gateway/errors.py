"""The error tree. Each class fixes its IssueType code and its HTTP status.

    GatewayError
      SenderError            theirs, not retried
        PayloadError         400 structure       the form is broken
        NotConformant        422 invariant       carries the issues of the R4 check
        UnknownCode          422 code-invalid
        TooLarge             413 too-long
        SearchRefused        400 not-supported
        NotTrusted           401 security        who are you
        Forbidden            403 forbidden       not this, not you
        NotFound             404 not-found
        Conflict             409 conflict        true now, may not be later; a person decides
        PreconditionFailed   412 required        what the question rests on was not sent along
      RecipientError         the other side
        RecipientRefused     processing          failed, not retried
        RecipientUnreachable transient           retried
      SourceUnavailable      503 transient       a folder, view or PACS that is collected from: looked at again later
      HouseError             ours
        AdapterFault         500 exception       an adapter's author erred
        AdapterConflict      422 processing      none, or two, claim the payload
        StoreUnavailable     503 no-store
        JudgeLost            503 transient
        SettingsError        503 invalid         start refused; a facility without a valid key

An error carries Issues (rule, place, parameters) and never a patient's value.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.outcome import Issue


class GatewayError(Exception):
    """Root of everything the gateway raises on purpose."""

    code = "exception"
    status = 500

    def __init__(self, rule: str, expression: str = "", *, issues: Sequence[Issue] = (), **parameters: object) -> None:
        self.issues: tuple[Issue, ...] = tuple(issues) or (Issue("error", self.code, rule, expression, parameters),)
        super().__init__(rule)

    def __str__(self) -> str:
        return "; ".join(
            f"{issue.expression}: {issue.text()}" if issue.expression else issue.text() for issue in self.issues
        )


class SenderError(GatewayError):
    """The sender's; sending the same again will not help. ``adapter``: who read the payload, "" while nobody did."""

    code = "invalid"
    status = 400
    adapter = ""


class PayloadError(SenderError):
    """The payload's form is broken: truncated, empty, wrong encoding, wrong version."""

    code = "structure"


class NotConformant(SenderError):
    """Well-formed, but not valid FHIR R4 or not the gateway's rules; carries every issue."""

    code = "invariant"
    status = 422


class UnknownCode(SenderError):
    code = "code-invalid"
    status = 422


class TooLarge(SenderError):
    code = "too-long"
    status = 413


class SearchRefused(SenderError):
    code = "not-supported"


class NotTrusted(SenderError):
    code = "security"
    status = 401


class Forbidden(SenderError):
    code = "forbidden"
    status = 403


class NotFound(SenderError):
    code = "not-found"
    status = 404


class Conflict(SenderError):
    code = "conflict"
    status = 409


class PreconditionFailed(SenderError):
    code = "required"
    status = 412


class RecipientError(GatewayError):
    """The other side of a delivery."""

    code = "processing"
    status = 502


class RecipientRefused(RecipientError):
    """It said no, finally."""


class RecipientUnreachable(RecipientError):
    """Silence, 5xx, 408, 429 or nonsense: retried under the delivery's budget."""

    code = "transient"


class SourceUnavailable(GatewayError):
    """A source that is collected from is away, slow, or not as it was said to be: nothing was taken from it."""

    code = "transient"
    status = 503


class HouseError(GatewayError):
    """Ours."""


class AdapterFault(HouseError):
    """An adapter raised something that is not a SenderError, or returned what is not FHIR."""


class AdapterConflict(HouseError):
    """No adapter claims the payload, or more than one does; the error names who was asked."""

    code = "processing"
    status = 422


class StoreUnavailable(HouseError):
    code = "no-store"
    status = 503


class JudgeLost(HouseError):
    """The process that translated, checked and signed has ended, or does not answer: try again."""

    code = "transient"
    status = 503


class SettingsError(HouseError):
    """The gateway refuses to start half-configured, or lacks what a person must set before it can go on."""

    code = "invalid"
    status = 503
