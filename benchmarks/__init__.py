"""What `scripts/bench` measures. Each module has `measure()`, which returns its numbers by name."""
