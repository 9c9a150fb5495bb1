"""Ledger: the account of one record: what was placed, what was not and why, what a person must see."""

from __future__ import annotations

from gateway.adapter import Unplaced
from gateway.messages import sentence
from gateway.outcome import Issue, Severity


class CannotPlace(Exception):
    """A field's value has no place in the resource; ``clinical`` when a clinician would miss it."""

    def __init__(self, rule: str, *, clinical: bool = False, code: str = "value", **parameters: object) -> None:
        self.rule = rule
        self.clinical = clinical
        self.code = code
        self.parameters = parameters
        super().__init__(rule)


class Ledger:
    """Collects the issues, the unplaced fields and the reasons to hold, in the order found."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.holds: list[Issue] = []
        self._unplaced: dict[str, Unplaced] = {}
        self._used: set[str] = set()

    def use(self, *fields: str) -> None:
        """These source fields have been placed, or decided about."""
        self._used.update(fields)

    def used(self, field: str) -> bool:
        return field in self._used

    def remark(self, severity: Severity, code: str, rule: str, field: str, **parameters: object) -> None:
        """An issue that changes nothing else; ``code`` from IssueType."""
        self.issues.append(Issue(severity, code, rule, field, parameters))

    def hold(self, code: str, rule: str, field: str, **parameters: object) -> None:
        """An issue that holds the exchange until a person decides."""
        issue = Issue("warning", code, rule, field, parameters)
        self.issues.append(issue)
        self.holds.append(issue)

    def leave(self, field: str, reason: str, *, clinical: bool = False) -> None:
        """The field is listed as unplaced, for a stated reason (a sentence without values)."""
        self._used.add(field)
        self._unplaced.setdefault(field, Unplaced(field, reason, clinical))

    def refuse_field(self, field: str, why: CannotPlace) -> None:
        """A bad field costs that field: listed, with an issue; held when it is clinical."""
        self.leave(field, sentence(why.rule, "en", **why.parameters), clinical=why.clinical)
        issue = Issue("warning", why.code, why.rule, field, why.parameters)
        self.issues.append(issue)
        if why.clinical:
            self.holds.append(issue)

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many issues, holds and unplaced fields there are so far."""
        return len(self.issues), len(self.holds), len(self._unplaced)

    @property
    def unplaced(self) -> list[Unplaced]:
        return list(self._unplaced.values())
