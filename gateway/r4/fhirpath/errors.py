"""What can go wrong with an expression."""


class FhirPathError(Exception):
    """The text is not FHIRPath, uses what is not built, or cannot be evaluated on the input."""
