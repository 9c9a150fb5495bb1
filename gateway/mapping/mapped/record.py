"""A record as its reader gives it: fields by name, each with its place in the payload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.mapping.placing import Field
from gateway.outcome import Issue

_NONE: Mapping[str, str] = {}


class Fields:
    """Some fields of a record: a row of a table, an object of a tree.

    ``values``: field → text as written, NFC, blanks around it gone; what says nothing may be "" or missing.
    ``before``: what stands before a field's name in its place: ``row 12, column ``, ``ketQua[2].``. ``exact``: fields
    that can be read one way only, whatever the mapping file declares: numbers with a point, times in ISO form.
    ``several``: fields with more than one value, of which ``values`` has the first. ``places``: of fields that stand
    elsewhere. ``beneath``: what every place is but its field's name; None where places do not follow from names.
    """

    __slots__ = ("before", "beneath", "exact", "places", "several", "values")

    def __init__(
        self,
        values: Mapping[str, str],
        before: str,
        exact: frozenset[str] = frozenset(),
        several: frozenset[str] = frozenset(),
        places: Mapping[str, str] = _NONE,
    ) -> None:
        self.values = values
        self.before = before
        self.exact = exact
        self.several = several
        self.places = places
        self.beneath = None if places else before

    def path(self, field: str) -> str:
        """Where the field stands. What was read of it may stand behind its name: ``NGAY_KQ (seconds zero-filled)``."""
        return self._elsewhere(field) if self.places else self.before + field

    def _elsewhere(self, field: str) -> str:
        name, note, read = field.rpartition(" (")
        if field not in self.places and name in self.places:
            return self.places[name] + note + read
        return self.places.get(field, self.before + field)

    def text(self, field: str) -> str:
        return self.values.get(field, "")

    def repetitions(self, field: str) -> Sequence[Field]:
        text = self.values.get(field)
        return (Field(self.path(field), text),) if text else ()


@dataclass(frozen=True, slots=True)
class MappedRecord:
    """One report of one patient.

    ``head``: where what is said of the whole report stands, once or again and again (each row of a table says the
    patient's name); then it must be the same. ``items``: what is said of each result. For a table both are its rows.
    ``strange``: (field, its place) of what has content and is in no row of the mapping file nor under ``[unplaced]``;
    ``read``: what the reader found and decided, for the outcome; ``holds``: what of it a person must look at.
    ``charset``: the set its bytes were read in.
    """

    head: Sequence[Fields]
    items: Sequence[Fields]
    strange: Sequence[tuple[str, str]] = ()
    read: Sequence[Issue] = ()
    holds: Sequence[Issue] = ()
    charset: str = "utf-8"
