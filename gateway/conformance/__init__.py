"""What an integrator runs against a FHIR endpoint: numbered requirements, a check for each, the report."""
