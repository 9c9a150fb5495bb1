"""Adapters: a form a hospital already has in, FHIR R4 out. Each is found by its entry point, none knows another."""
