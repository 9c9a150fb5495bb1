"""SearchQuery: what was asked, understood in full or refused by name.

https://hl7.org/fhir/R4/search.html. Repeating a parameter is AND, a comma is OR, and ``\\,`` ``\\|``
``\\$`` ``\\\\`` stand for themselves. A refusal names the parameter and never its value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gateway.errors import SearchRefused
from gateway.search.dates import PREFIXES, Prefix, interval
from gateway.search.parameters import PARAMETERS, Parameter
from gateway.search.values import alternatives, pieces

MAX_PARAMETERS = 50  # of one query
MAX_VALUES = 100  # separated by commas in one parameter

Modifier = Literal["", "not", "missing", "identifier"]


@dataclass(frozen=True, slots=True)
class Token:
    """``system`` None is any, "" none at all; ``code`` None is any."""

    system: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Reference:
    """``targets``: every form in which the index may hold it (``Patient/1``, an absolute URL)."""

    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A date with its prefix; ``low`` and ``high`` as in gateway.search.dates."""

    prefix: Prefix
    low: int
    high: int


Value = Token | Reference | Moment


@dataclass(frozen=True, slots=True)
class Criterion:
    """One parameter as asked; any of ``values`` fits.

    ``modifier`` "missing": ``missing`` says which. ``chained``: ``values`` are identifiers of
    the resource referred to. "identifier": ``values`` are those a reference names itself, whether or not what it
    refers to is here. ``targets``: the types the reference may point to.
    """

    parameter: Parameter
    values: tuple[Value, ...]
    modifier: Modifier = ""
    missing: bool = False
    chained: bool = False
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sort:
    parameter: Parameter
    descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """The resources of ``targets`` that a match's ``parameter`` refers to."""

    parameter: Parameter
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search of one type.

    ``count``: page size asked for, 0 for the total alone, None for the server's choice.
    ``understood``: the pairs that were, as sent, for the answer's self link. ``ignored``:
    parameter names left out because the client asked for lenient handling.
    ``include_sensitive`` is set by who authorises, never by a parameter.
    """

    type: str
    criteria: tuple[Criterion, ...] = ()
    sort: tuple[Sort, ...] = ()
    includes: tuple[Include, ...] = ()
    count: int | None = None
    total: Literal["", "none", "estimate", "accurate"] = ""
    cursor: str = ""
    understood: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    include_sensitive: bool = False


_NAME = re.compile(r"(_?[A-Za-z][A-Za-z-]*)(?::([A-Za-z]+))?(?:\.([A-Za-z_.:-]+))?\Z")
_SAFE = re.compile(r"[A-Za-z_][A-Za-z_.:-]{0,60}\Z")  # a parameter's name; anything else might be a value
_FORMATS = frozenset({"json", "application/json", "application/fhir+json", "text/json"})


class _Unsupported(Exception):
    """What lenient handling may leave out; carries the refusal that strict handling raises."""

    def __init__(self, refusal: SearchRefused) -> None:
        self.refusal = refusal


def parse(
    resource_type: str, pairs: Sequence[tuple[str, str]], *, base_url: str = "", lenient: bool = False
) -> SearchQuery:
    """The query that ``pairs`` (names and values, decoded, in order) ask of ``resource_type``.

    SearchRefused (400) names the first parameter that is not understood. With ``lenient``
    (``Prefer: handling=lenient``) an unknown parameter or modifier is left out and listed in
    ``ignored``; a malformed value is refused all the same, since leaving it out would widen
    the answer unnoticed.
    """
    parameters = PARAMETERS.get(resource_type)
    if parameters is None:
        raise SearchRefused("search-type-unknown")
    if len(pairs) > MAX_PARAMETERS:
        raise SearchRefused("search-too-many-parameters", limit=MAX_PARAMETERS)
    shape: dict[str, Any] = {}  # of the answer: what _RESULT read
    criteria: list[Criterion] = []
    understood: list[tuple[str, str]] = []
    ignored: list[str] = []
    seen: set[str] = set()
    for name, value in pairs:
        try:
            read = _RESULT.get(name)
            if read is None:
                criteria.append(_criterion(parameters, name, value, base_url))
            else:
                if name in seen and name != "_include":
                    raise SearchRefused("search-parameter-repeated", parameter=name)
                seen.add(name)
                read(resource_type, shape, value)
        except _Unsupported as unsupported:
            if not lenient:
                raise unsupported.refusal from None
            ignored.append(_shown(name))
        else:
            if name != "_cursor":
                understood.append((name, value))
    return SearchQuery(
        resource_type, criteria=tuple(criteria), understood=tuple(understood), ignored=tuple(ignored), **shape
    )


def _shown(name: str) -> str:
    return name if _SAFE.match(name) else "?"


def _unsupported(rule: str, *, parameter: str) -> _Unsupported:
    return _Unsupported(SearchRefused(rule, parameter=parameter))


# ---- criteria -------------------------------------------------------------------------


def _criterion(parameters: Mapping[str, Parameter], name: str, value: str, base_url: str) -> Criterion:
    found = _NAME.match(name)
    parameter = parameters.get(found.group(1)) if found else None
    if found is None or parameter is None:
        raise _unsupported("search-parameter-unknown", parameter=_shown(name))
    modifier, chain = found.group(2) or "", found.group(3) or ""
    if chain:
        return _chained(parameter, name, modifier, chain, value)
    if modifier == "missing" and parameter.path:
        if value not in ("true", "false"):
            raise SearchRefused("search-value-malformed", parameter=name)
        targets = parameter.targets
        return Criterion(parameter, (), "missing", missing=value == "true", targets=targets)
    values = alternatives(name, value, MAX_VALUES)
    if parameter.by_number and modifier == "identifier":
        return Criterion(parameter, _numbers(name, value), "identifier", targets=parameter.targets)
    if parameter.kind == "reference":
        targets = _targets(parameter, name, modifier)
        return Criterion(
            parameter, tuple(_reference(name, item, targets, base_url) for item in values), targets=targets
        )
    if parameter.kind == "date" and not modifier:
        return Criterion(parameter, tuple(_moment(name, item) for item in values))
    if parameter.name == "_id" and not modifier:
        return Criterion(parameter, tuple(Token(None, pieces(item)[0]) for item in values))
    if parameter.kind == "token" and parameter.path and modifier in ("", "not"):
        made = tuple(_token(name, item) for item in values)
        return Criterion(parameter, made, "not" if modifier else "")
    raise _unsupported("search-modifier-unsupported", parameter=_shown(name))


def _targets(parameter: Parameter, name: str, modifier: str) -> tuple[str, ...]:
    """The types a reference may point to: the one its modifier names, else all."""
    if not modifier:
        return parameter.targets
    if modifier not in parameter.targets:
        raise _unsupported("search-modifier-unsupported", parameter=_shown(name))
    return (modifier,)


def _chained(parameter: Parameter, name: str, modifier: str, chain: str, value: str) -> Criterion:
    if parameter.kind != "reference" or chain != "identifier":
        raise _unsupported("search-chain-unsupported", parameter=_shown(name))
    targets = _targets(parameter, name, modifier)
    return Criterion(parameter, _numbers(name, value), chained=True, targets=targets)


def _numbers(name: str, value: str) -> tuple[Token, ...]:
    """Identifiers, each with its value: the system alone would be all of a facility's."""
    values = tuple(_token(name, item) for item in alternatives(name, value, MAX_VALUES))
    if any(item.code is None for item in values):
        raise SearchRefused("search-value-malformed", parameter=name)
    return values


def _token(name: str, text: str) -> Token:
    parts = pieces(text)
    if len(parts) == 1:
        return Token(None, parts[0])
    if len(parts) > 2 or parts == ["", ""]:
        raise SearchRefused("search-value-malformed", parameter=name)
    system, code = parts
    return Token(system, code or None)


_ID = re.compile(r"[A-Za-z0-9.-]{1,64}\Z")
_RELATIVE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})\Z")


def _reference(name: str, text: str, targets: tuple[str, ...], base_url: str) -> Reference:
    value = pieces(text)[0] if len(pieces(text)) == 1 else ""
    base = base_url.rstrip("/") + "/"
    if base_url and value.startswith(base):
        value = value.removeprefix(base)
    elif value.startswith("urn:uuid:"):
        bare = value.removeprefix("urn:uuid:")
        return Reference((*(f"{target}/{bare}" for target in targets), value))
    elif value.startswith(("http://", "https://")):
        return Reference((value,))
    if _ID.match(value):
        return Reference(tuple(f"{target}/{value}" for target in targets))
    relative = _RELATIVE.match(value)
    if relative is None or relative.group(1) not in targets:
        raise SearchRefused("search-value-malformed", parameter=name)
    return Reference((value,))


def _moment(name: str, text: str) -> Moment:
    value = pieces(text)[0] if len(pieces(text)) == 1 else ""
    prefix: Prefix = "eq"
    for known in PREFIXES:
        if value.startswith(known):
            prefix, value = known, value[2:]
            break
    covered = interval(value)
    if covered is None:
        raise SearchRefused("search-value-malformed", parameter=name)
    return Moment(prefix, *covered)


# ---- what the answer shall look like ---------------------------------------------------


_Shape = dict[str, Any]  # fields of the SearchQuery that is being read


def _sorted(resource_type: str, shape: _Shape, value: str) -> None:
    made: list[Sort] = []
    for item in value.split(","):
        parameter = PARAMETERS[resource_type].get(item.removeprefix("-"))
        if parameter is None or (parameter.kind != "date" and parameter.name != "_id"):
            raise _unsupported("search-sort-unsupported", parameter="_sort")
        if any(parameter is sort.parameter for sort in made):
            raise SearchRefused("search-value-malformed", parameter="_sort")
        made.append(Sort(parameter, item.startswith("-")))
    shape["sort"] = tuple(made)


def _counted(_type: str, shape: _Shape, value: str) -> None:
    if not re.fullmatch("[0-9]{1,9}", value):
        raise SearchRefused("search-value-malformed", parameter="_count")
    shape["count"] = 0 if shape.get("count") == 0 else int(value)


def _summary(_type: str, shape: _Shape, value: str) -> None:
    if value not in ("count", "false"):
        raise _unsupported("search-value-unsupported", parameter="_summary")
    if value == "count":
        shape["count"] = 0


def _totalled(_type: str, shape: _Shape, value: str) -> None:
    if value not in ("none", "estimate", "accurate"):
        raise SearchRefused("search-value-malformed", parameter="_total")
    shape["total"] = value


def _formatted(_type: str, _shape: _Shape, value: str) -> None:
    if value.split(";")[0].strip().replace("fhir json", "fhir+json") not in _FORMATS:
        raise SearchRefused("search-value-unsupported", parameter="_format")


def _included(resource_type: str, shape: _Shape, value: str) -> None:
    source, _, rest = value.partition(":")
    name, _, target = rest.partition(":")
    parameter = PARAMETERS[resource_type].get(name) if source == resource_type else None
    if parameter is None or parameter.kind != "reference" or (target and target not in parameter.targets):
        raise _unsupported("search-include-unsupported", parameter="_include")
    one = Include(parameter, (target,) if target else parameter.targets)
    shape["includes"] = (*shape.get("includes", ()), one)


def _paged(_type: str, shape: _Shape, value: str) -> None:
    if not value:
        raise SearchRefused("search-cursor-broken", parameter="_cursor")
    shape["cursor"] = value


_RESULT: dict[str, Callable[[str, _Shape, str], None]] = {
    "_sort": _sorted,
    "_count": _counted,
    "_summary": _summary,
    "_total": _totalled,
    "_format": _formatted,
    "_include": _included,
    "_cursor": _paged,
}
