"""The extensions of an element: are they certainly as their definitions say?

Nearly all that stand in an exchange have a value of a plain type, where nothing but the url and the key
of the value counts: of these the answer is remembered. Urls are remembered, up to a number, and no values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from gateway.r4.extension_content import Foreign, examined, is_absolute, open_parts
from gateway.r4.extension_contexts import stands_as
from gateway.r4.extension_definitions import ExtensionDefinition, extension_definition
from gateway.r4.extension_rows import value_types
from gateway.r4.extensions import unknown_issues
from gateway.r4.schema import Primitive, Property, Type, type_named

_REMEMBERED = 2048  # urls that nobody here has defined, none longer than
_LONGEST_REMEMBERED = 128  # characters
_free: set[str] = set()


def extensions_test(kind: Type | Primitive, here: Property | None) -> Callable[[list[dict[str, Any]]], bool]:
    """A test of the extensions on elements of a type; with ``here``, on those that stand as this property."""
    holds = _test(kind, here)

    def all_hold(extensions: list[dict[str, Any]]) -> bool:
        return all(map(holds, extensions)) and (len(extensions) == 1 or _not_too_many(extensions))

    return all_hold


def _test(kind: Type | Primitive, here: Property | None) -> Callable[[dict[str, Any]], bool]:
    """The test of one extension, whose form has been found right."""
    plain: dict[str, frozenset[str]] = {}  # known url → the keys with which nothing can be wrong

    def holds(extension: dict[str, Any]) -> bool:
        url = extension["url"]
        keys = plain.get(url)
        if keys is not None and keys.issuperset(extension):
            return True
        if url in _free or (definition := extension_definition(url)) is None:
            return _is_free(url) and ("extension" not in extension or _content_holds(open_parts(extension, "")))
        if keys is None:
            if not _may_stand(definition, kind, here):
                return False
            plain[url] = _plain_keys(definition)
        return _content_holds(examined(definition.content, "", extension, ""))

    return holds


def _is_free(url: str) -> bool:
    """True of the url of an extension that nobody here has defined and of which nothing is said."""
    if url in _free:
        return True
    if "|" in url or not is_absolute(url) or any(unknown_issues(url, "", is_modifier=False)):
        return False
    if len(url) <= _LONGEST_REMEMBERED:
        if len(_free) >= _REMEMBERED:
            _free.clear()
        _free.add(url)
    return True


def _content_holds(found: Iterator[object]) -> bool:
    """Nothing but other extensions among the parts, and in these nothing."""
    return all(isinstance(each, Foreign) and _inside()(each.extension) for each in found)


@cache
def _inside() -> Callable[[dict[str, Any]], bool]:
    return _test(type_named("Extension"), None)


def _may_stand(definition: ExtensionDefinition, kind: Type | Primitive, here: Property | None) -> bool:
    if definition.is_modifier or definition.invariants:
        return False
    elements = [expression for what, expression in definition.contexts if what == "element"]
    return any(stands_as(kind, here, expression) for expression in elements)


def _plain_keys(definition: ExtensionDefinition) -> frozenset[str]:
    """The url and a value: which keys of a value are right whatever stands there."""
    rule = definition.content.value
    if rule is None or rule.binding is not None or any(part.least for part in definition.content.parts.values()):
        return frozenset()
    targeted = rule.types.get("Reference")
    types = rule.types or frozenset(value_types().values())
    allowed = (key for key, name in value_types().items() if name in types and not (name == "Reference" and targeted))
    return frozenset(("url", *allowed))


def _not_too_many(extensions: list[dict[str, Any]]) -> bool:
    """None stands twice that may not."""
    seen: set[str] = set()
    for extension in extensions:
        url = extension["url"]
        if url in seen and (definition := extension_definition(url)) is not None and definition.most is not None:
            return False
        seen.add(url)
    return True
