"""Take it away: a run as a reproducible container image, and images from anybody as verified files."""

from .export import ExportedLayer, ExportReport, export
from .load import ImageInfo, Imported, Limits, inspect, load

__all__ = ["ExportReport", "ExportedLayer", "ImageInfo", "Imported", "Limits", "export", "inspect", "load"]
