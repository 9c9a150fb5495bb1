"""Does what stands depend on the order in which messages come? The same traffic in order, and twice and shuffled."""
