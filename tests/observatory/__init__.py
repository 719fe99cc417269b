"""The Observatory's own package beside ours: sites served on loopback, scored by both."""
