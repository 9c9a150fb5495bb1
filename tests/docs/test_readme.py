"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from gateway.settings import environment_without_settings
from tests.blueprint import ROOT
from tests.docs.commands import fences

README = Path("README.md")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_COUNT = re.compile(r"^   \d+ results ")
_ARCHIVE = re.compile(
    r"^   (archive:|from) (?:Orthanc [\d.]+ with DICOMweb [\d.]+|the simulated archive)(?:, since .*)?"
)


def _stable(line: str) -> str:
    """A line without what follows from the samples' bytes alone (exchange ids, how many results there are), and
    without which archive it is: a real one is asked for in tests/systems."""
    return _ARCHIVE.sub(r"   \1 …", _COUNT.sub("   N results ", _UUID.sub("…", line)))


@pytest.mark.slow
def test_the_demo_prints_what_the_readme_shows_in_that_order(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--once", "--archive", "simulated"],
        env=environment_without_settings() | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    printed = iter([_stable(line) for line in done.stdout.splitlines()])
    shown = [_stable(line) for block in fences(README, "text") for line in block.splitlines()]
    assert len(shown) > 10
    missing = [line for line in shown if line not in printed]  # `in` an iterator goes on from the last one found
    assert missing == []
    assert not list(tmp_path.iterdir()), "the demo left something behind"


def test_every_make_target_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"[`$] ?make ([a-z-]+)", (ROOT / README).read_text(encoding="utf-8")))
    assert named
    assert named <= targets


def test_every_page_of_docs_is_reached_from_the_readme() -> None:
    """A page nobody links to is read by nobody; a record of a decision is reached by its folder."""
    seen: set[Path] = set()
    waiting = [README]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        for link in re.findall(r"\]\(([^)#\s]+)", (ROOT / page).read_text(encoding="utf-8")):
            target = (ROOT / page.parent / link).resolve()
            if ":" in link or not target.is_relative_to(ROOT.resolve()):
                continue
            found = target.relative_to(ROOT.resolve())
            if target.is_dir():
                waiting += [item.relative_to(ROOT) for item in (ROOT / found).glob("*.md")]
            elif target.suffix == ".md" and target.is_file():
                waiting.append(found)
    pages = {path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md")}
    assert pages - seen == set()


def test_the_picture_stands_alone() -> None:
    """Well-formed, with words for those who cannot see it, and nothing fetched from elsewhere."""
    tree = etree.parse(ROOT / "docs" / "flow.svg")
    assert tree.findtext("{*}title")
    assert tree.findtext("{*}desc")
    values = [str(value) for node in tree.iter() for value in node.attrib.values()]
    outside = [value for value in values if re.match(r"https?:|data:|//", value)]
    assert outside == []
