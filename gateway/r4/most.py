"""How many issues are said of one resource: enough to mend it by, and never a million."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.outcome import Issue, Severity

MANY = "r4-too-many-issues"
MOST = 1000  # that refuse, and as many that do not


def bounded(issues: Iterable[Issue]) -> list[Issue]:
    """The first MOST that refuse and the first MOST others, in their order; then, of what is left out, one.

    With one more that refuses it ends: nothing after it is looked for.
    That one refuses where any left out does, so a resource is as valid as before.
    """
    kept: list[Issue] = []
    said = {True: 0, False: 0}
    left: set[bool] = set()
    for issue in issues:
        if said[issue.refuses] == MOST:
            left.add(issue.refuses)
            if issue.refuses:
                break
            continue
        said[issue.refuses] += 1
        kept.append(issue)
    if left:
        severity: Severity = "error" if True in left else "warning"
        kept.append(Issue(severity, "too-long", MANY, "", {"limit": MOST}))
    return kept
