"""Runs over time: what changed, what is confirmed, what is told."""
