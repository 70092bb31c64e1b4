"""Reads of the catalogue through memory and `api_cache`; what it holds is dropped when the catalogue changes."""
