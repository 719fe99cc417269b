"""A practice fleet: name server and web servers on loopback, with planted faults and known truth."""
