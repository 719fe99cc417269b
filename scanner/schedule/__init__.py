"""Runs at set times: written for the system's own timer, or begun by a process of ours."""
