"""The admin path: look at the simulator and play with it while it runs; no key is asked."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ploomes_simulator.faults import Fault, Script
from ploomes_simulator.odata.errors import QueryError
from ploomes_simulator.settings import SettingError
from ploomes_simulator.simulator import Simulator, settings_report
from ploomes_simulator.writes import BodyError

_LINES_PER_PIECE = 500
_Count = Annotated[int, msgspec.Meta(ge=0)]


class FaultBody(msgspec.Struct, forbid_unknown_fields=True):
    """A script of faults: which, how often, for which paths, after how many good answers."""

    fault: Fault
    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    path: str = "/"
    skip: _Count = 0


class ChurnBody(msgspec.Struct, forbid_unknown_fields=True):
    """How many random products to create, edit and delete."""

    create: _Count = 0
    edit: _Count = 0
    delete: _Count = 0


class Admin:
    """The admin requests of one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[Route]:
        """Return what is served below /_simulator."""
        table = (
            ("/stats", "GET", self.stats),
            ("/stats/reset", "POST", self.reset_stats),
            ("/settings", "GET", self.settings),
            ("/settings", "PATCH", self.change_settings),
            ("/faults", "GET", self.faults),
            ("/faults", "POST", self.script_fault),
            ("/faults", "DELETE", self.clear_faults),
            ("/churn", "POST", self.churn),
            ("/products", "GET", self.products),
            ("/products", "POST", self.create_product),
            ("/products/{id:int}", "GET", self.product),
            ("/products/{id:int}", "PUT", self.put_product),
            ("/products/{id:int}", "DELETE", self.delete_product),
            ("/products/{id:int}/raw", "PUT", self.put_raw),
            ("/digest", "GET", self.digest),
            ("/snapshot", "POST", self.snapshot),
            ("/restore", "POST", self.restore),
        )
        return [Route(path, _guarded(handler), methods=[method]) for path, method, handler in table]

    async def stats(self, request: Request) -> Response:
        """Show the statistics, with the log of queries when asked."""
        return _json(self._simulator.report(with_log=request.query_params.get("log") == "1"))

    async def reset_stats(self, _: Request) -> Response:
        """Start counting anew."""
        self._simulator.reset_stats()
        return _json({})

    async def settings(self, _: Request) -> Response:
        """Show the settings."""
        return Response(settings_report(self._simulator.settings), media_type="application/json")

    async def change_settings(self, request: Request) -> Response:
        """Change some settings."""
        changes = msgspec.json.decode(await request.body(), type=dict[str, object])
        self._simulator.change_settings(changes)
        return await self.settings(request)

    async def faults(self, _: Request) -> Response:
        """Show the scripts still to be played."""
        return _json([asdict(script) for script in self._simulator.faults.scripts])

    async def script_fault(self, request: Request) -> Response:
        """Add a script."""
        body = msgspec.json.decode(await request.body(), type=FaultBody)
        self._simulator.faults.scripts.append(Script(body.fault, body.times, body.path, body.skip))
        return await self.faults(request)

    async def clear_faults(self, request: Request) -> Response:
        """Forget all scripts."""
        self._simulator.clear_faults()
        return await self.faults(request)

    async def churn(self, request: Request) -> Response:
        """Change random products and tell which."""
        body = msgspec.json.decode(await request.body(), type=ChurnBody)
        churned = self._simulator.apply_churn(create=body.create, edit=body.edit, delete=body.delete)
        self._simulator.tick()
        return _json(asdict(churned))

    async def products(self, request: Request) -> Response:
        """Stream every product as a line of JSON, for comparison."""
        wanted = request.query_params.get("fields")
        names = None if wanted is None else wanted.split(",")
        lines = self._simulator.truth(names)
        return StreamingResponse(_pieces(lines), media_type="application/x-ndjson")

    async def create_product(self, request: Request) -> Response:
        """Create a product."""
        body = msgspec.json.decode(await request.body(), type=dict[str, object])
        product = self._simulator.create_product(body)
        return self._show(product.id)

    async def product(self, request: Request) -> Response:
        """Show one product with everything in it."""
        return self._show(request.path_params["id"])

    async def put_product(self, request: Request) -> Response:
        """Change a product, or create it with this id."""
        product_id: int = request.path_params["id"]
        body = msgspec.json.decode(await request.body(), type=dict[str, object])
        if product_id in self._simulator.world.products:
            self._simulator.edit_product(product_id, body)
        else:
            self._simulator.create_product(body, product_id)
        return self._show(product_id)

    async def delete_product(self, request: Request) -> Response:
        """Delete a product."""
        self._simulator.delete_product(request.path_params["id"])
        self._simulator.tick()
        return _json({})

    async def put_raw(self, request: Request) -> Response:
        """Serve these bytes in place of a product from now on."""
        self._simulator.put_raw(request.path_params["id"], await request.body())
        return _json({})

    async def digest(self, _: Request) -> Response:
        """Show the count and a hash of everything."""
        return _json(self._simulator.digest())

    async def snapshot(self, _: Request) -> Response:
        """Remember the products."""
        self._simulator.snapshot()
        return _json({})

    async def restore(self, _: Request) -> Response:
        """Bring the remembered products back."""
        if not self._simulator.restore():
            return _json({"error": "There is no snapshot."}, 409)
        return _json({})

    def _show(self, product_id: int) -> Response:
        self._simulator.tick()
        return Response(self._simulator.truth_of(product_id), media_type="application/json")


def _guarded(handler: Any) -> Any:  # noqa: ANN401 - starlette's endpoints are untyped callables
    """Turn wrong bodies and missing products into answers."""

    async def guarded(request: Request) -> Response:
        try:
            response: Response = await handler(request)
        except (msgspec.DecodeError, SettingError, BodyError, QueryError) as error:
            return _json({"error": str(error)}, 400)
        except KeyError as error:
            return _json({"error": f"There is no product {error}."}, 404)
        return response

    return guarded


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _pieces(lines: Iterator[bytes]) -> Iterator[bytes]:
    piece: list[bytes] = []
    for line in lines:
        piece.append(line)
        if len(piece) == _LINES_PER_PIECE:
            yield b"\n".join([*piece, b""])
            piece.clear()
    if piece:
        yield b"\n".join([*piece, b""])
