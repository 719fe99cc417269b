"""Benchmarks: whole commands on this machine, figures as ratios and counts, never timed tests."""
