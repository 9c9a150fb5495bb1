"""What came of verdicts, asked by a hospital's software, on both databases."""
