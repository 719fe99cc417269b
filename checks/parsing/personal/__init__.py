"""Personal data in tables: which columns, how many rows, of whom; never whose."""
