"""One file per step of the store's schema, oldest first."""
