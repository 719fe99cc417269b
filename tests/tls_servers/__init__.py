"""Real TLS servers, each with a truth written down beside its configuration, and the looks held against it."""
