"""`gateway validate --format bhyt`: a national file held to the portal's rules before it is sent to anyone."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bhyt.building import SUMMARY, envelope, hoso_xml
from tests.cli.terminal import Terminal

PAYLOADS = Path(__file__).parents[1] / "bhyt" / "payloads"


def test_the_command_says_a_line_a_record_and_what_cannot_be_opened(terminal: Terminal) -> None:
    file = terminal.folder / "two.xml"
    broken = "<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>@@@</NOIDUNGFILE></FILEHOSO></HOSO>"
    file.write_bytes(envelope(hoso_xml({"XML1": [SUMMARY]}), broken, count="7"))
    done = terminal("validate", "--format", "bhyt", str(file), str(PAYLOADS / "bad_truncated.xml"))
    told = [json.loads(line) for line in done.out.splitlines()]
    rules = [{issue["details"]["coding"][0]["code"] for issue in one["outcome"]["issue"]} for one in told]
    assert done.code == 1
    assert [one["source"] for one in told] == [str(file), f"{file}#2", str(PAYLOADS / "bad_truncated.xml")]
    assert "bhyt-count-differs" in rules[0]
    assert "bhyt-base64-broken" in rules[1]
    assert rules[2] == {"bhyt-xml-malformed"}


def test_a_format_nobody_reads_is_wrong_usage(terminal: Terminal) -> None:
    assert terminal("validate", "--format", "klingon", str(PAYLOADS / "bad_base64.xml")).code == 2
    assert terminal("validate", "--format", "bhyt", "--best-practice", str(PAYLOADS / "bad_base64.xml")).code == 2
