"""Documents that cases name: small, whole or broken, in base64."""

from __future__ import annotations

from base64 import b64encode

_PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
_PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(16))


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


STAND_INS = {
    "pdf": _base64(_PDF),
    "pdf without its end": _base64(_PDF[:45]),
    "first half of pdf": _base64(_PDF)[:50],
    "second half of pdf": _base64(_PDF)[50:],
    "pdf of 2 MB": _base64(_PDF.replace(b"endobj", b"% " + b"x" * 2_000_000 + b"\nendobj")),
    "png": _base64(_PNG),
    "pdf in hex": _PDF.hex(),
    "pdf in lines": "\\.br\\".join(_base64(_PDF)[at : at + 40] for at in range(0, 200, 40)),
    "words": _base64("Kết quả".encode()),
}
