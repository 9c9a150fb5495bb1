"""The HTTP doors: one FHIR interaction or operation a file.

Each file has ``open_door(app, house)``, which adds its routes. What a door needs of the
gateway stands in ``house.py``; every error leaves through ``errors.py``.
"""
