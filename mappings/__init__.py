"""Mapping rows (TOML), vocabularies (FHIR ConceptMap JSON), unit table, naming systems: data, not programs."""
