"""One scan of the whole practice fleet, compared with the truth that was written by hand."""
