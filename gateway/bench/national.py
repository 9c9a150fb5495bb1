"""National files to measure with: one synthetic episode of nine tables, signed, and as many like it as are asked for.

``national.xml`` was written for this project (Apache-2.0); nobody real is in it, its codes are invented.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from importlib.resources import files
from typing import BinaryIO

_BODY = re.compile(rb"(?<=<NOIDUNGFILE>)[^<]+")
_NUMBER, _PATIENT, _PERSON = b"TEST-2026-000001", b"BN000001", b"001090000001"


@cache
def signed() -> bytes:
    """26 kB, an XML signature with RSA-2048 over the whole document."""
    return files("gateway.bench").joinpath("national.xml").read_bytes()


@cache
def unsigned() -> bytes:
    """The same file without its signature."""
    text = signed()
    begin, end = text.index(b"<CHUKYDONVI>"), text.index(b"</GIAMDINHHS>")
    return text[:begin] + b"<CHUKYDONVI></CHUKYDONVI>" + text[end:]


@cache
def _pieces() -> tuple[bytes, bytes, bytes]:
    """What stands before the HOSO, the HOSO, and what stands after it."""
    text = unsigned()
    begin, end = text.index(b"<HOSO>"), text.index(b"</HOSO>") + len(b"</HOSO>")
    return text[:begin], text[begin:end], text[end:]


@cache
def _tables() -> tuple[bytes, ...]:
    return tuple(base64.b64decode(found) for found in _BODY.findall(_pieces()[1]))


def hoso(number: int) -> bytes:
    """The episode of another patient: its own MA_LK, MA_BN and citizen id in every table."""
    own = {_NUMBER: b"TEST-2026-%06d" % number, _PATIENT: b"BN%06d" % number, _PERSON: b"001090%06d" % number}
    tables = iter(_tables())

    def written(_found: re.Match[bytes]) -> bytes:
        table = next(tables)
        for one, other in own.items():
            table = table.replace(one, other)
        return base64.b64encode(table)

    return _BODY.sub(written, _pieces()[1])


def payload(number: int) -> bytes:
    """A file of that episode alone."""
    before, _, after = _pieces()
    return before + hoso(number) + after


def write_file(file: BinaryIO, hosos: int) -> None:
    """One file of many episodes, some 24 kB each."""
    before, _, after = _pieces()
    file.write(before.replace(b"<SOLUONGHOSO>1<", b"<SOLUONGHOSO>%d<" % hosos))
    for number in range(1, hosos + 1):
        file.write(hoso(number))
    file.write(after)
