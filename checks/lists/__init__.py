"""Dated lists that ship with the program, as data."""
