"""Widgets; every verb works without them."""
