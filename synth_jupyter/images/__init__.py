"""Take it away: a run as a reproducible container image (`export`), images from anybody as verified files (`load`)."""
