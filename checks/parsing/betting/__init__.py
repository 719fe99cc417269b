"""Betting put into the pages of others: its words, its hosts, and how sure one can be of it."""
