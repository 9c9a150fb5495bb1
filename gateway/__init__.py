"""An open FHIR gateway: one hospital's results, readable, checked and provable in another."""

__version__ = "0.1.0"
