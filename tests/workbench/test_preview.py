"""The page of ``gateway adapter preview``: what it shows of a payload, and that nothing in it is markup there."""

from __future__ import annotations

import html
import re
from functools import cache

from gateway.installed import running_adapters
from gateway.workbench.follows import followed
from gateway.workbench.preview import page
from gateway.workbench.samples import Sample, samples
from gateway.workbench.seen import seen
from tests.blueprint import ROOT

(HL7V2,) = running_adapters(["hl7v2"])
TITRES, SMALL = samples(ROOT / "adapters" / "hl7v2" / "samples" / name for name in ("lab-titres.hl7", "merge.hl7"))


def _text(shown: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", shown.partition("<body>")[2].partition("<script>")[0]))


@cache
def english() -> str:
    return page(HL7V2, TITRES)


def test_the_payload_stands_on_it_whole_beside_each_element_and_its_source() -> None:
    shown = _text(english())
    for line in TITRES.data.decode().splitlines():
        assert line in shown
    assert "valueQuantity.comparator" in shown
    assert "PID-3[1].1" in shown


def test_a_word_points_at_the_elements_that_follow_it() -> None:
    """Measured: AFP's 0.61 is the value of one Observation, and of nothing else."""
    whole = seen(HL7V2, TITRES.data)
    words = {one.word.of(TITRES.data): one for one in followed(HL7V2, TITRES.data, whole)}
    assert {path.split(".", 1)[1] for _, path in words[b"61"].elements} == {"valueQuantity.value"}
    assert words[b"MSH"].elements == ()
    assert words[b"MSH"].rule
    shown = english()
    (keys,) = re.findall(r'data-follow="([^"]*)">61<', shown)
    assert keys
    assert f'id="{keys.split()[0]}"' in shown
    assert re.search(rf'id="{keys.split()[0]}"[^>]*><th scope="row">valueQuantity.value</th><td>0.61</td>', shown)


def test_issues_unplaced_fields_and_codes_without_a_standard_are_listed_in_either_language() -> None:
    shown = _text(english())
    assert "hl7v2-value-with-comparator" in shown
    assert "SERO" in shown.partition("Codes and units without a standard")[2]
    assert "Mã và đơn vị chưa có chuẩn" in _text(page(HL7V2, SMALL, "vi"))


def test_a_refused_payload_has_a_page_that_says_why() -> None:
    shown = _text(page(HL7V2, Sample(TITRES.path, TITRES.data[:40])))
    assert "refused" in shown
    assert "Record 1" not in shown


def test_markup_in_a_payload_is_text_on_the_page_and_no_other_script_may_run() -> None:
    evil = SMALL.data.replace(b"ADT", b"<script>alert(1)</script><img src=x onerror=alert(2)>ADT", 1)
    assert evil != SMALL.data
    shown = page(HL7V2, Sample(SMALL.path, evil))
    assert shown.count("<script>") == 1
    assert "<img" not in shown
    assert re.search(r"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[\w+/=]{44}'", shown)
    assert not re.search(r"""(src|href)=["']""", shown)
