"""The report as JUnit XML, as continuous integration reads it.

https://github.com/jenkinsci/xunit-plugin (junit-10.xsd): ``testsuites`` of ``testsuite`` (a family each) of
``testcase`` (a requirement each) with ``failure``, ``error`` or ``skipped``. XML 1.0 has no place for most control
characters, so they are shown by U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from lxml import etree

from gateway.conformance.report import Line
from gateway.messages import sentence

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENT = {"fail": "failure", "error": "error", "skip": "skipped", "omit": "skipped"}


def junit(lines: Sequence[Line], target: str, language: str = "en", own: Line | None = None) -> bytes:
    """The file; ``lines`` in the order of their families. ``own``: what became of what was made to ask with."""
    lines = [*lines, *([_removal(own["own_data"])] if own else [])]
    root = etree.Element("testsuites", {"name": _xml(f"gateway conformance {target}"), **_tally(lines)})
    for family, of_it in groupby(lines, key=lambda one: str(one["family"])):
        cases = list(of_it)
        skipped = sum(one["verdict"] in ("skip", "omit") for one in cases)
        suite = etree.SubElement(root, "testsuite", {"name": family, "skipped": str(skipped), **_tally(cases)})
        for one in cases:
            name = _xml(f"{one['requirement']} {one['text'][language]}")
            case = etree.SubElement(suite, "testcase", name=name, classname=family, time=_seconds([one]))
            if one["verdict"] in _ELEMENT:
                _told(case, one, language)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _removal(own: Line) -> Line:
    """As a case of its own, which fails where something was left: it must be seen."""
    said = {tongue: sentence("conformance-own-left", tongue, left=", ".join(own["left"])) for tongue in ("en", "vi")}
    return {
        "requirement": "OWN-DATA",
        "family": "own-data",
        "verdict": "error" if own["left"] else "pass",
        "severity": "shall",
        "text": {tongue: sentence("conformance-own-removed", tongue) for tongue in ("en", "vi")},
        "clause": "https://hl7.org/fhir/R4/http.html#delete",
        "findings": [said],
        "repeat": own["find"],
        "milliseconds": 0,
    }


def _told(case: etree._Element, one: Line, language: str) -> None:
    said = [str(finding[language]) for finding in one["findings"]]
    told = etree.SubElement(case, _ELEMENT[one["verdict"]], message=_xml("; ".join(said)))
    if one["verdict"] in ("fail", "error"):
        told.set("type", str(one["severity"]))
        told.text = _xml("\n".join([*said, str(one["clause"]), str(one["repeat"])]))


def _tally(lines: Sequence[Line]) -> dict[str, str]:
    words = [one["verdict"] for one in lines]
    return {
        "tests": str(len(words)),
        "failures": str(words.count("fail")),
        "errors": str(words.count("error")),
        "time": _seconds(lines),
    }


def _seconds(lines: Sequence[Line]) -> str:
    return f"{sum(int(one['milliseconds']) for one in lines) / 1000:.3f}"


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
