"""What FHIR R4 4.0.1 says: definitions, the check of a resource, canonical JSON."""

from gateway.r4.canonical import canonical, lexical
from gateway.r4.check import check, check_json
from gateway.r4.schema import is_resource_type
from gateway.r4.search_parameters import SearchParameter, search_parameters

__all__ = ["SearchParameter", "canonical", "check", "check_json", "is_resource_type", "lexical", "search_parameters"]
