"""Frozen pools: the texts that generators choose from, shipped, stored or drawn once from Faker."""

from .draw import draw_rows
from .model import Pool
from .providers import ALIASES, PROVIDERS, SHIPPED
from .request import DEFAULT_LOCALE, Request, provider_named
from .source import PoolSource
from .uses import NotedPools, PoolUse

__all__ = [
    "ALIASES", "DEFAULT_LOCALE", "PROVIDERS", "SHIPPED", "NotedPools", "Pool", "PoolSource", "PoolUse", "Request",
    "draw_rows", "provider_named",
]  # fmt: skip
