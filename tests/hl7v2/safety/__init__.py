"""Dangerous inputs: TOML files of cases with what must come of each, and the page that shows what came."""
