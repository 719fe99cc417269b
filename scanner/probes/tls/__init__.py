"""TLS as each address shows it: hellos of our own, one full handshake, the path of the chain."""
