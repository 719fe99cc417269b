"""A real web server, so that the practice fleet and the scanner cannot agree on the same mistake."""
