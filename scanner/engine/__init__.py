"""Where collecting runs: one process here; more machines later."""
