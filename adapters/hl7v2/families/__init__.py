"""The families of messages, each with what is its own."""
