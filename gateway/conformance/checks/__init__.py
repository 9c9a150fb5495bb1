"""The checks, a file a family. A check asks the target and yields what it found; nothing is a pass."""
