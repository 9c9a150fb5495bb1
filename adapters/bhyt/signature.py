"""CHUKYDONVI: the facility's XML signature, checked before anything is read from what it covers.

The guide says THONGTINDONVI to THONGTINHOSO, the files in use sign the whole document (``URI=""``): either is taken,
and the scope told. What is translated is built from the bytes whose digest was compared, never looked up again.
"""

from __future__ import annotations

from typing import NoReturn

from adapters.bhyt.xml_reader import Element, read
from gateway.adapter import SourceSignature
from gateway.errors import PayloadError
from gateway.outcome import Issue

_HOLDER = "CHUKYDONVI"
PARTS = ("THONGTINDONVI", "THONGTINHOSO")


def carried(root: Element) -> bool:
    """Whether the payload is signed, or pretends to be: an empty CHUKYDONVI is none."""
    holder = root.child(_HOLDER)
    return bool(root.below("Signature")) or (holder is not None and bool(holder.children or holder.text.strip()))


def verified(data: bytes, root: Element, parts: tuple[str, ...] = PARTS) -> tuple[Element, SourceSignature]:
    """The root as signed, and its signature; ``root`` is the reader's of the same bytes.

    ``parts``: the elements below the root that may be signed alone; the last of them must be.

    The root holds what is covered and nothing else: THONGTINDONVI is missing where it is not.
    PayloadError when the signature fails (``xml-signature-…``) or covers too little (``bhyt-signature-scope``).
    """
    from gateway.trust import xml_signature  # signxml and lxml load only where a payload is signed

    covered, signature = xml_signature.verified(data, (root.name, _HOLDER), parts)
    read_again = [(one, read(one.canonical, one.name, encoding="utf-8")) for one in covered if not one.own]
    whole = [element for one, element in read_again if one.whole]
    signed = Element(root.name)
    signed.children = (whole[0].children if whole else [element for _, element in read_again]).copy()
    if signed.child(parts[-1]) is None:
        _refuse("bhyt-signature-scope")
    for part in parts:
        told, found = signed.child(part), root.child(part)
        if told is not None and (found is None or not _same(told, found)):
            _refuse("bhyt-signature-differs")
    return signed, signature


def _same(one: Element, other: Element) -> bool:
    """Both readers saw the same document; a difference between them is where an attack would live."""
    return (
        one.name == other.name
        and one.text == other.text
        and len(one.children) == len(other.children)
        and all(map(_same, one.children, other.children))
    )


def _refuse(rule: str) -> NoReturn:
    raise PayloadError(rule, issues=[Issue("error", "security", rule, _HOLDER)])
