"""The other side of an exchange, to try a sender against: it speaks the signed exchange, and misbehaves on command."""
