"""Editions, their loader, and the algebra of verdicts."""
