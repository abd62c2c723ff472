"""Frozen pools: the texts that generators choose from, shipped, stored or drawn once from Faker."""

from .model import Pool
from .providers import ALIASES, PROVIDERS, SHIPPED
from .request import DEFAULT_LOCALE, Request, provider_named
from .source import PoolSource

__all__ = ["ALIASES", "DEFAULT_LOCALE", "PROVIDERS", "SHIPPED", "Pool", "PoolSource", "Request", "provider_named"]
