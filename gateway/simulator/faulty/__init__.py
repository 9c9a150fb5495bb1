"""A gateway that is broken in exactly one way: a proxy before a real one, to see that a check notices."""
