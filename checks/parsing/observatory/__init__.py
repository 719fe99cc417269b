"""MDN's HTTP Observatory as its code reads a site: ten tests (algorithm 4) or twelve (algorithm 6), and their sum."""
