"""The store: what is kept, how it is opened, and who may hold it."""
