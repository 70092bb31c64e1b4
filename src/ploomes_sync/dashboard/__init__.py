"""The dashboard: pages for people, rendered here, over the same service as the HTTP API."""
