"""Terminology: local codes and units, the standard ones decided for them, and codes of one system to another's."""
