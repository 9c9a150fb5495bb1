"""DG1 and PR1 name a thing in three fields: 3 its code, 4 words for it, and 2, until 2.3, the code's system."""

from __future__ import annotations

from adapters.hl7v2.datatypes.codes import system_uri
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment
from gateway.mapping.draft import Draft, Piece

_METHOD, _CODE, _WORDS = 2, 3, 4


def complete_code(segment: Segment, draft: Draft, scope: Scope) -> None:
    """After the row of field 3: its system by field 2 where it names none, and its text by field 4.

    Where field 3 has a text of its own (HL7's condition), other words are a note: a clinician wrote them.
    """
    method, coding = segment.first(_METHOD), draft.get("code.coding[0]")
    if method is not None and coding is not None and "system" not in coding:
        draft.put("code.coding[0].system", system_uri(method.take(), str(coding["code"]), scope), method.path)
    for value in segment.said(_WORDS):
        words, known = value.whole().strip(), draft.get("code.text")
        if known is None:
            draft.put("code.text", words, value.path)
        elif known != words:
            draft.add("note", Piece({"text": words}, {"text": value.path}))


def code_key(segment: Segment) -> tuple[str, ...]:
    """What identifies the thing named: its first code and that one's system, else its words; () for nothing."""
    for value in segment.said(_CODE):
        for component in (1, 4, 2, 5, 9):
            if text := value.peek(component):
                return (text, value.peek(component + 2) if component in (1, 4) else "")
    words = segment.text(_WORDS)
    return (words,) if words else ()
