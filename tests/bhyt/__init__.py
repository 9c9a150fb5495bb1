"""The national insurance XML to FHIR R4."""
