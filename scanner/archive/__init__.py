"""What is kept: runs, evidence by content hash, findings by content hash."""
