"""The history of the tables; each file is one step and never changes once released."""
