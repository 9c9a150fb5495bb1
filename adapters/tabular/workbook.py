"""A workbook's package (ECMA-376 part 2), opened with care: what could harm or mislead is refused before it is read.

Sizes are those the archive declares; zipfile reads no byte beyond them. A workbook is read whole, so it has a limit
where CSV has none: a day's results fit, an archive's do not.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO

from gateway.errors import PayloadError

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and any workbook with a password
LARGEST = 48 * 1024 * 1024  # bytes, all parts unpacked
_PARTS = 2000
_DTD = tuple("<!DOCTYPE".encode(one) for one in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp037"))
_HEAD = 1024  # bytes that hold a whole XML declaration
_ENCODING = re.compile(rb"""[^<]{0,8}<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_ENCODINGS = frozenset({b"UTF-8", b"UTF8", b"UTF-16", b"US-ASCII", b"ASCII"})


def is_workbook(data: bytes) -> bool:
    """By the names a package's first parts have; what is macro-enabled or of old Excel is recognised, to be refused."""
    return (data.startswith(ZIP) and b"xl/workbook" in data) or (data.startswith(OLE) and _ole_workbook(data))


def _ole_workbook(data: bytes) -> bool:
    names = ("Workbook", "Book", "EncryptedPackage")
    return any(name.encode("utf-16-le") in data for name in names)


def checked(data: bytes) -> BytesIO:
    """The package, for a reader. PayloadError: old Excel or a password, cut off, too large, macros, a DTD in a part."""
    if data.startswith(OLE):
        raise PayloadError("table-old-workbook")
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            parts = package.infolist()
            if len(parts) > _PARTS or sum(part.file_size for part in parts) > LARGEST:
                raise PayloadError("table-workbook-too-large", largest=LARGEST // (1024 * 1024))
            names = [part.filename.lower() for part in parts]
            if len(set(names)) < len(names) or any(part.flag_bits & 1 for part in parts):
                raise PayloadError("table-workbook-broken")
            if any(name.endswith("vbaproject.bin") for name in names):
                raise PayloadError("table-macros")
            for part in parts:
                _refuse_dtd(package.read(part))
    # All that zipfile raises of a package that is cut, altered or packed in ways it does not know: refused, and said.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        raise PayloadError("table-workbook-broken") from None
    return BytesIO(data)


def _refuse_dtd(content: bytes) -> None:
    """No part of a workbook has a document type; one could name entities that grow without end.

    Every part is asked, pictures too: which are read as XML is said by relationships and content types, which can call
    any part a worksheet. Asked in UTF-8 and UTF-16, the standard's own (part 2, "XML usage"), sets with letters where
    UTF-8 has them, and those that a parser finds by itself; a part that says another is not opened.
    """
    if any(mark in content for mark in _DTD):
        raise PayloadError("table-workbook-dtd")
    said = _ENCODING.match(content[:_HEAD].replace(b"\0", b""))
    if said and said[1].upper() not in _ENCODINGS and not said[1].upper().startswith((b"ISO-8859-", b"WINDOWS-")):
        raise PayloadError("table-workbook-broken")
