"""The HTTP API, alone or inside another application: `create_api`, `mount`."""

from ploomes_sync.api.app import create_api
from ploomes_sync.api.mounting import mount

__all__ = ["create_api", "mount"]
