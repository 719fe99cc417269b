"""Criteria are data: editions of a label, each criterion with its clauses, bars and citations."""
