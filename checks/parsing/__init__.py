"""Grammars and heuristics that rules share; pure functions over what was sent."""
