"""The extensions of an element: are they certainly as their definitions say?

Nearly all that stand in an exchange have a value of a plain type, where nothing but the url and the key
of the value counts: of these the answer is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from gateway.r4.extension_content import Foreign, examined, is_absolute, open_parts
from gateway.r4.extension_contexts import stands_as
from gateway.r4.extension_definitions import ExtensionDefinition, ValueRule, extension_definition, value_types
from gateway.r4.extensions import unknown_issues
from gateway.r4.schema import Primitive, Property, Type, type_named

_REMEMBERED = 512  # urls of each kind of element, none longer than
_LONGEST_REMEMBERED = 128  # characters


def extensions_test(kind: Type | Primitive, here: Property | None) -> Callable[[list[dict[str, Any]]], bool]:
    """A test of the extensions on elements of a type; with ``here``, on those that stand as this property."""
    holds = _test(kind, here)

    def all_hold(extensions: list[dict[str, Any]]) -> bool:
        return all(map(holds, extensions)) and (len(extensions) == 1 or _not_too_many(extensions))

    return all_hold


def _test(kind: Type | Primitive, here: Property | None) -> Callable[[dict[str, Any]], bool]:
    """The test of one extension, whose form has been found right."""
    plain: dict[str, frozenset[str]] = {}  # url → the keys with which nothing can be wrong

    def holds(extension: dict[str, Any]) -> bool:
        url = extension["url"]
        keys = plain.get(url)
        if keys is not None and keys.issuperset(extension):
            return True
        if "|" in url or not is_absolute(url):
            return False
        definition = extension_definition(url)
        if definition is None:
            if any(unknown_issues(url, "", is_modifier=False)) or not _content_holds(open_parts(extension, "")):
                return False
        elif not (
            _may_stand(definition, kind, here) and _content_holds(examined(definition.content, "", extension, ""))
        ):
            return False
        if len(url) <= _LONGEST_REMEMBERED:
            if len(plain) >= _REMEMBERED:
                plain.clear()
            plain[url] = _plain_keys(definition)
        return True

    return holds


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


def _plain_keys(definition: ExtensionDefinition | None) -> frozenset[str]:
    """The url and a value: which keys of a value are right whatever stands there."""
    rule = ValueRule({}, is_required=False, codes=None) if definition is None else definition.content.value
    if rule is None or rule.codes is not None:
        return frozenset()
    targeted = rule.types.get("Reference")
    types = rule.types or frozenset(value_types().values())
    allowed = (key for key, name in value_types().items() if name in types and not (name == "Reference" and targeted))
    return frozenset(("url", *allowed))


def _not_too_many(extensions: list[dict[str, Any]]) -> bool:
    """None stands more often than its definition says; counted where a url stands twice at all."""
    urls = [extension["url"] for extension in extensions]
    repeated = {url for url in urls if urls.count(url) > 1} if len(set(urls)) < len(urls) else ()
    return all((definition := extension_definition(url)) is None or definition.most is None for url in repeated)
