"""Alembic scripts: ``env.py`` is run by Alembic, ``versions`` holds the steps."""
