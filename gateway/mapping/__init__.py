"""What every adapter shares: rows and vocabularies from mappings/, and what a written value means.

draft        a resource being built, each element with the source field it came from
rows         mapping files: field → attribute, the loader that refuses silence
vocabulary   codes → codes, from FHIR ConceptMaps
naming       identifier systems, their aliases, and telling national numbers apart
values       ``<5``, ``1:128``, ``7,2``: what a result's text means
units        the only way a unit becomes UCUM
charsets     bytes in TCVN3, VNI, VISCII and others to text, and back
misread      text read in another character set than it was written in, by what Vietnamese syllables are
made_by      which mapping file placed a record, as a Provenance
times        local times to FHIR, no precision invented
mapped       a hospital's own mapping files over tables and trees
"""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable


def mapping_file(*parts: str) -> Traversable:
    """A file of the installed ``mappings`` folder."""
    return resources.files("mappings").joinpath(*parts)
