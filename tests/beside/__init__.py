"""Grammars of ours beside packages of others, which Node.js runs."""
