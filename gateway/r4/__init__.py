"""What FHIR R4 4.0.1 says: definitions, the check of a resource, canonical JSON."""

from gateway.r4.canonical import canonical, lexical
from gateway.r4.check import check, check_json

__all__ = ["canonical", "check", "check_json", "lexical"]
