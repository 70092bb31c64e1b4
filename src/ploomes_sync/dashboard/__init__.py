"""The dashboard, and the site that it forms with the HTTP API: `create_site`."""

from ploomes_sync.dashboard.site import create_site

__all__ = ["create_site"]
