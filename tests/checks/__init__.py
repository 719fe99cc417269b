"""Checks over built evidence: tables that can be read aloud."""
