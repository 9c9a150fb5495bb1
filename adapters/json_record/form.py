"""Whether a payload is JSON that no format of its own claims: FHIR, DICOM, the exported record of TT 13/2025."""

from __future__ import annotations

import re

from gateway.adapter import Payload
from gateway.jsontext import outermost_keys

_MARK = b"\xef\xbb\xbf"
_DICOM = re.compile(rb"\s*\[?\s*\{\s*\"[0-9A-Fa-f]{8}\"\s*:\s*\{")
_OTHERS = ("fhir", "dicom")  # in a media type
# What an exported record (adapters.bhyt) begins with: its root, or one of its groups.
EXPORTED = (
    *("HoSoBenhAn", "ThongTinBenhNhan", "ThongTinVaoVien", "ThongTinDieuTri", "YLenhThuocVatTu", "PhieuChiDinh"),
    *("KetQuaChanDoanHinhAnh", "KetQuaXetNghiem", "GiayChuyenVien", "HoSoCapCuu", "PhieuThuThuat", "PhieuPhauThuat"),
)
_EXPORT = re.compile(rb'\s*\{\s*"(?:' + "|".join(EXPORTED).encode() + rb')"\s*:')


def is_record(payload: Payload) -> bool:
    """JSON by its first letter. It begins with an object, or with a list."""
    text = payload.data.removeprefix(_MARK)
    if text.lstrip()[:1] not in (b"{", b"[") or any(word in payload.content_type.lower() for word in _OTHERS):
        return False
    if _DICOM.match(text) or _EXPORT.match(text):
        return False
    return "resourceType" not in outermost_keys(text)
