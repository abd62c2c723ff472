"""What will be done, as pure data."""
