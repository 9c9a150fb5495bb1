"""The JUnit report against the schema of Jenkins' xunit plugin, which pytest publishes beside its own tests.

Needs the package registry. https://github.com/jenkinsci/xunit-plugin
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from lxml import etree

from gateway.conformance.junit import junit
from gateway.conformance.report import WORDS, Line, line, own_line
from gateway.conformance.requirement import requirements
from gateway.conformance.verdict import Finding, Verdict
from tests.conformance.keeper import keeping
from tests.conformance.test_own_data import of, ran

PYTEST = "pytest==8.3.5"
DIGEST = "f4efe70cc14e511565ac476b57c279e12a855b11f48f212af1080ef2263d3845"
PLACE = "pytest-8.3.5/testing/example_scripts/junit-10.xsd"


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    folder = tmp_path_factory.mktemp("pytest")
    fetched = subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", "pytest", PYTEST],
        cwd=folder, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert fetched.returncode == 0, fetched.stderr
    [file] = folder.glob("*.tar.gz")
    assert hashlib.sha256(Path(file).read_bytes()).hexdigest() == DIGEST
    with tarfile.open(file) as package:
        found = package.extractfile(PLACE)
        assert found is not None
        return etree.XMLSchema(etree.fromstring(found.read()))


def every_verdict() -> list[Line]:
    """A line of every requirement, each word among them, said in words that XML has no place for."""
    lines = []
    for number, one in enumerate(requirements()):
        finding = Finding(WORDS[number % len(WORDS)], "conformance-tampered-taken", {"what": "\x00<&\ud800"})
        lines.append(line(Verdict(one, () if finding.word == "pass" else (finding,), milliseconds=number), "http://x"))
    return lines


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_verdict_is_written_as_the_schema_has_it(schema: etree.XMLSchema, language: str) -> None:
    schema.assertValid(etree.fromstring(junit(every_verdict(), "http://x/fhir", language)))


@pytest.mark.parametrize("quirk", ["", "keeps-all"])
def test_so_is_what_became_of_test_data(schema: etree.XMLSchema, quirk: str) -> None:
    with keeping(quirk) as (url, _):
        target = of(url)
        lines = [line(one, url) for one in ran(target).values()]
    schema.assertValid(etree.fromstring(junit(lines, url, own=own_line(target.own))))


def test_the_schema_refuses_what_is_none(schema: etree.XMLSchema) -> None:
    assert not schema.validate(etree.fromstring(b"<testsuites><testsuite/></testsuites>"))
