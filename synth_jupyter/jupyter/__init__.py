"""The notebook: magics, rich display, progress, completion and the panel."""
