"""What can go wrong with an expression."""


class FhirPathError(Exception):
    """The text is not FHIRPath, uses what is not built, or cannot be evaluated on the input."""


class Undecided(FhirPathError):
    """What is asked cannot be known here: the codes of a value set, a profile, what a reference points to.

    Logic rescues it where the other side settles the answer: what is not known ``or true`` is true.
    """
