"""The quality of a facility's data: correct (đúng), complete (đủ), clean (sạch), live (sống).

What a record counts as is read where it is judged (reading.py), kept as a row beside its exchange (gateway.store.
quality), added up by the database (gateway.store.quality_figures) and told in words, as JSON and on a page. The
definitions stand in docs/quality.md; which rule belongs to which of the four in placed.toml.
"""
