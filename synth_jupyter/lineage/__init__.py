"""Where it came from: graphs of tables, columns and runs, and the trace of one value."""
