"""Frozen facts, one module per probe: what was seen, or why nothing can be concluded."""
