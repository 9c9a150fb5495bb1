"""A witness put into a message of a structure, translated, and looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from adapters.hl7v2.coverage.templates import Template, templates
from adapters.hl7v2.coverage.witnesses import Witness
from adapters.hl7v2.message import read_message
from adapters.hl7v2.translation import sending_facility, translate_message
from gateway.adapter import DefaultProfile
from gateway.bundle import Resource, urn
from gateway.errors import PayloadError
from gateway.jsontext import dumps
from gateway.r4.fhirpath import Environment, FhirPathError, Node, compile_text
from gateway.r4.schema import resource_node

UNREAD = "messages of this structure are not read yet"


class NotShownError(Exception):
    """Why a witness does not hold."""


@dataclass(slots=True)
class Trials:
    """The witnesses of one segment map in one structure; a message is translated once, whoever asks for it."""

    structure: str
    map: str
    _made: dict[str, Sequence[Resource] | NotShownError] = field(default_factory=dict)

    def reason(self, witness: Witness) -> str:
        """Why the witness does not hold; "" when it does."""
        try:
            shown = [self._shown(witness, said) for said in witness.says]
        except NotShownError as why:
            return str(why)
        for turn, (found, expected) in enumerate(zip(shown, witness.shows, strict=True)):
            other = witness.shows[1 - turn]
            if expected and expected not in found:
                return f"with {witness.asked} {_words(witness.says[turn])}, {witness.at} does not show {expected!r}"
            if other in found:
                return f"with {witness.asked} {_words(witness.says[turn])}, {witness.at} shows {other!r} all the same"
        return ""

    def message(self, witness: Witness, said: str) -> str:
        """The template with the witness's segment set or put, segments ended by CR."""
        return "".join(line + "\r" for line in _lines(_template(self.structure), self.map, witness, said))

    def _shown(self, witness: Witness, said: str) -> frozenset[str]:
        text = self.message(witness, said)
        if text not in self._made:
            try:
                self._made[text] = translated(text)
            except NotShownError as why:
                self._made[text] = why
        made = self._made[text]
        if isinstance(made, NotShownError):
            raise made
        return frozenset(_values(made, witness.at))


def translated(text: str) -> Sequence[Resource]:
    """The message's resources; NotShownError says by which rule it is refused."""
    try:
        message = read_message(text.encode())
        return translate_message(message, DefaultProfile(sending_facility(message.header)), text.encode()).resources
    except PayloadError as refused:
        raise NotShownError(f"refused: {', '.join(issue.rule for issue in refused.issues)}") from None


def is_read(structure: str) -> bool:
    """True when messages of the structure have a family."""
    try:
        read_message((_template(structure).slots[0].segment + "\r").encode())
    except PayloadError as refused:
        return not {issue.rule for issue in refused.issues} & {
            "hl7v2-message-unsupported",
            "hl7v2-event-unsupported",
            "hl7v2-acknowledgement",
        }
    return True


def _template(structure: str) -> Template:
    return templates()[structure]


def _lines(template: Template, segment_map: str, witness: Witness, said: str) -> Iterator[str]:
    name = segment_map.partition("[")[0]
    at = template.slot_of(segment_map)
    if at is None:
        raise NotShownError(f"the template of {template.structure} has no place for {segment_map}")
    lines = [(slot.segment, index == at) for index, slot in enumerate(template.slots) if slot.always or index == at]
    if witness.behind:
        moved = next(line for line, chosen in lines if chosen)
        stay = [line for line, chosen in lines if not chosen]
        behind = next((index for index, line in enumerate(stay) if line[:3] == witness.behind), None)
        if behind is None:
            raise NotShownError(f"the template of {template.structure} has no {witness.behind}")
        lines = [(line, False) for line in stay]
        lines.insert(behind + 1, (moved, True))
    done: set[str] = set()
    for line, chosen in lines:
        mine = dict(witness.given if chosen else ())
        others = {key: text for key, text in witness.given if key[:3] == line[:3] != name and key not in done}
        done |= set(others)
        wanted = {key: text for key, text in mine.items() if key[:3] == name} | others
        if chosen:
            wanted[witness.asked] = said
        yield _with_fields(line, wanted)
        if chosen:
            yield from witness.besides


def _with_fields(line: str, wanted: dict[str, str]) -> str:
    fields = line.split("|")
    for key, text in wanted.items():
        at = int(key.partition("-")[2]) - (line[:3] == "MSH")
        fields += [""] * (at + 1 - len(fields))
        fields[at] = text
    return "|".join(fields)


def _values(resources: Sequence[Resource], at: str) -> Iterator[str]:
    """The primitive values at a FHIRPath of every resource of the type it begins with, as they stand in JSON."""
    kind = at.partition(".")[0]
    by_url = {urn(resource["id"]): resource for resource in resources}
    resolve = partial(_resolve, by_url)
    try:
        asked = compile_text(at)
        for resource in resources:
            node = resource_node(resource) if resource["resourceType"] == kind else None
            if node is not None:
                yield from map(_text, asked.items(Environment(node, node, node, resolve=resolve)))
    except FhirPathError as wrong:
        raise NotShownError(f"{at}: {wrong}") from None


def _resolve(by_url: dict[str, Resource], reference: str) -> Node | None:
    found = by_url.get(reference)
    return resource_node(found) if found is not None else None


def _text(item: Any) -> str:
    value = item.value if isinstance(item, Node) else item
    if isinstance(value, str):
        return value
    return dumps(value).decode()


def _words(said: str) -> str:
    return f"= {said}" if said else "empty"
