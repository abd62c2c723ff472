"""Every figure this project claims, measured by one command: `python -m benchmarks`."""
