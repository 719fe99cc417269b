"""Files that pages link to, read as rows of words: bounded, by their first bytes, never by their name."""
