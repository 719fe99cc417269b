"""Chains after the cases of x509-limbo, with what it expects of each."""
