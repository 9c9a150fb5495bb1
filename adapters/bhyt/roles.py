"""What the first words of the mapping files stand for where they are no type of resource: ``Newborn.gender``."""

from __future__ import annotations

# First word, or a whole attribute that ends up elsewhere → the type, or the element.
_STANDS_FOR = {
    "Newborn": "Patient",
    "Carer": "RelatedPerson",
    "Text.line": "DocumentReference.content.attachment.data",
    "Status": "Observation",
    "Confirmation": "Observation",
    "ViralLoad": "Observation",
    "Pcr": "Observation",
    "FirstArv": "MedicationStatement",
    "Arv": "MedicationStatement",
    "Tuberculosis": "MedicationStatement",
    "Cotrimoxazole": "MedicationStatement",
}


def element(attribute: str) -> str:
    """The element an attribute without its indices is: ``Patient.gender``."""
    if attribute in _STANDS_FOR:
        return _STANDS_FOR[attribute]
    first, dot, rest = attribute.partition(".")
    return _STANDS_FOR.get(first, first) + dot + rest
