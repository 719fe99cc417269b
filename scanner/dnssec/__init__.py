"""DNSSEC validated by ourselves: from the root's trust anchor down to one name (RFC 4033 to 4035, RFC 5155)."""
