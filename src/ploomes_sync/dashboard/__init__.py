"""Pages for people, rendered here, and the site that they form with the HTTP API: `create_site`."""

from ploomes_sync.dashboard.site import create_site

__all__ = ["create_site"]
