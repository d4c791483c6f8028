"""One method a file; each registers itself by name."""
