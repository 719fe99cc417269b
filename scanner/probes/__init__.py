"""The only network code: one module per kind of look, each ending in evidence or a cause."""
