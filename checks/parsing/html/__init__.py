"""A page read by a real HTML parser, and what it holds as facts."""
