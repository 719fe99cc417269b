"""The network half, tried against real servers on loopback."""
