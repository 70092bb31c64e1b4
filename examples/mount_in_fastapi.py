# noqa: INP001 - a script, no package
"""The HTTP API inside another FastAPI application: `uvicorn mount_in_fastapi:app`, then /ploomes/livez.

The settings come from the environment, as for `ploomes-sync serve`. Start uvicorn with `--no-proxy-headers` unless
a proxy of yours stands before it.
"""

from fastapi import FastAPI

from ploomes_sync.api import mount

app = FastAPI(title="Our own application")


@app.get("/")
async def home() -> dict[str, str]:
    """Answer beside the catalogue."""
    return {"catalogue": "/ploomes/api/sync/products/search"}


mount(app, "/ploomes", worker=True)
