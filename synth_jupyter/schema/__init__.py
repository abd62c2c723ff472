"""What the data should be: reading, completing, writing and comparing schemas."""
