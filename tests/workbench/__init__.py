"""The author's bench."""
