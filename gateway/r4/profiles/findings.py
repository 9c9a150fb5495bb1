"""Where a profile is broken: the issues of one resource, each fault said once."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.outcome import Issue, Severity
from gateway.r4.profiles.element import Element
from gateway.r4.profiles.profile import Profile

_CODE = {  # issue type by rule; the others are structure
    "r4-profile-required": "required",
    "r4-profile-slice": "required",
    "r4-profile-fixed": "value",
    "r4-profile-pattern": "value",
    "r4-profile-value-min": "value",
    "r4-profile-value-max": "value",
    "r4-profile-length": "too-long",
    "r4-profile-code": "code-invalid",
    "r4-profile-constraint": "invariant",
    "r4-profile-code-unchecked": "not-supported",
    "r4-profile-constraint-unchecked": "not-supported",
    "r4-profile-unchecked": "not-supported",
}
UNTOLD = frozenset({"r4-profile-code-unchecked", "r4-profile-constraint-unchecked", "r4-profile-unchecked"})


@dataclass(slots=True)
class Findings:
    """Issues in the order they were found; two profiles that find one fault say it once."""

    issues: list[Issue] = field(default_factory=list)
    _said: set[object] = field(default_factory=set)

    def say(
        self,
        rule: str,
        path: str,
        element: Element,
        profile: Profile,
        severity: Severity = "error",
        **parameters: object,
    ) -> None:
        """``element`` is the profile's, ``path`` the resource's."""
        told = {"profile": profile.url, "element": element.id, **parameters}
        self.add(Issue(severity, _CODE.get(rule, "structure"), rule, path, told))

    def add(self, issue: Issue) -> None:
        what = tuple(sorted((key, str(value)) for key, value in issue.parameters.items() if key in _TELLING))
        mark = (issue.rule, issue.expression, what)
        if mark not in self._said:
            self._said.add(mark)
            self.issues.append(issue)

    @property
    def refuses(self) -> bool:
        return any(issue.refuses for issue in self.issues)


_TELLING = frozenset({"name", "slice", "key"})  # parameters by which two faults of one place differ
