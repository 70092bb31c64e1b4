"""A PostgreSQL server of our own, from a wheel, for whoever has no DATABASE_URL.

Only the standard library: nothing here opens a database session or knows a table.
"""

from ploomes_sync.embedded.folders import default_data_dir
from ploomes_sync.embedded.server import EmbeddedServer, running_server

__all__ = ["EmbeddedServer", "default_data_dir", "running_server"]
