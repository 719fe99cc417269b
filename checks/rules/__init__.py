"""The checks themselves, one module per theme of the catalogue."""
