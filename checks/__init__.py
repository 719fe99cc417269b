"""What it means: pure judging of evidence, with no network, clock, randomness or files but its own data."""
