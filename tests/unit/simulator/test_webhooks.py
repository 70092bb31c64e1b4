import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unit.simulator.session import Session, open_session


@dataclass(slots=True)
class Receiver:
    """A callback that notes what it gets and answers as told."""

    status: int = 200
    messages: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def transport(self) -> httpx2.ASGITransport:
        async def take(request: Request) -> Response:
            self.messages.append(json.loads(await request.body()))
            self.keys.append(request.headers.get("X-Ploomes-Validation-Key"))
            return Response(status_code=self.status)

        return httpx2.ASGITransport(Starlette(routes=[Route("/hook", take, methods=["POST"])]))


def open_listening(receiver: Receiver, **settings: Any) -> Session:  # noqa: ANN401 - settings are of many types
    quiet = {"webhook_duplicate_rate": 0.0, "webhook_reorder_rate": 0.0}
    plain = open_session(**{**quiet, **settings})
    session = Session(plain.settings, webhook_transport=receiver.transport())
    for action in (1, 2, 3):
        body = {
            "EntityId": 10,
            "ActionId": action,
            "CallbackUrl": "http://receiver/hook",
            "ValidationKey": "shared",
        }
        assert session.ask("POST", "/Webhooks", body=body).status_code == 200
    return session


def deliver(session: Session) -> None:
    asyncio.run(session.simulator.webhooks.deliver())


def after(session: Session, act: Callable[[httpx2.AsyncClient], Awaitable[object]]) -> None:
    """Act over HTTP and leave the webhooks time to arrive in the background."""

    async def run() -> None:
        async with session.client() as client:
            await act(client)
            async with asyncio.timeout(60):
                while len(session.simulator.webhooks) or not session.simulator.webhooks.counts.sent:  # noqa: ASYNC110 - a test may poll
                    await asyncio.sleep(0.01)

    asyncio.run(run())


def test_create_update_and_delete_are_told_in_the_shape_of_the_service() -> None:
    receiver = Receiver()
    session = open_listening(receiver, products=5)
    ncm = session.simulator.world.fields["NCM"].key
    custom = [{"FieldKey": ncm, "StringValue": "8421"}]
    session.simulator.create_product({"Name": "Novo", "OtherProperties": custom}, 9)
    session.simulator.edit_product(9, {"UnitPrice": 7})
    session.simulator.delete_product(9)
    deliver(session)
    created, updated, deleted = receiver.messages

    assert [m["Action"] for m in receiver.messages] == ["Create", "Update", "Delete"]
    assert {m["Entity"] for m in receiver.messages} == {"Products"}
    assert receiver.keys == ["shared"] * 3
    assert "Old" not in created
    assert "New" not in deleted
    assert created["New"]["OtherProperties"] == {ncm: "8421"}
    assert "Code" not in created["New"]
    assert "-03:00" not in created["New"]["CreateDate"]
    assert (updated["Old"]["UnitPrice"], updated["New"]["UnitPrice"]) == (0, 7)
    assert deleted["Old"]["Id"] == 9
    assert set(updated) == {
        "AccountId",
        "Action",
        "ActionUserId",
        "Entity",
        "New",
        "Old",
        "WebhookCreatorId",
        "WebhookId",
    }


def test_the_shape_can_be_the_other_one_that_was_met() -> None:
    receiver = Receiver()
    session = open_listening(receiver, webhook_entity="singular", webhook_missing_side="null")
    session.simulator.delete_product(session.simulator.world.products.ids[0])
    deliver(session)

    assert receiver.messages[0]["Entity"] == "Product"
    assert receiver.messages[0]["New"] is None


def test_messages_go_out_in_the_background() -> None:
    receiver = Receiver()
    session = open_listening(receiver)
    product_id = session.simulator.world.products.ids[0]
    after(session, lambda client: client.patch(f"/Products({product_id})", json={"UnitPrice": 5}))

    assert [message["New"]["Id"] for message in receiver.messages] == [product_id]


def test_a_write_can_keep_webhooks_silent() -> None:
    receiver = Receiver()
    session = open_listening(receiver)
    product_id = session.simulator.world.products.ids[0]
    session.ask("PATCH", f"/Products({product_id})?webhooks=false", body={"UnitPrice": 5})
    session.ask("DELETE", f"/Products({product_id})?webhooks=false")
    session.ask("POST", "/Products?webhooks=false", body={"Name": "x"})
    deliver(session)

    assert receiver.messages == []


def test_messages_can_come_twice_and_out_of_order() -> None:
    receiver = Receiver()
    session = open_listening(receiver, webhook_duplicate_rate=0.3, webhook_reorder_rate=0.3)
    for price in range(40):
        session.simulator.edit_product(session.simulator.world.products.ids[0], {"UnitPrice": price})
    deliver(session)
    prices = [message["New"]["UnitPrice"] for message in receiver.messages]

    assert len(prices) > 40
    assert set(prices) == set(range(40))
    assert prices != sorted(prices)


def test_a_callback_that_keeps_failing_is_turned_off_and_can_be_turned_on_again() -> None:
    receiver = Receiver(status=500)
    session = open_listening(receiver, webhook_failures_allowed=3)
    session.simulator.apply_churn(edit=6)
    deliver(session)
    (update,) = session.rows("/Webhooks", filter="ActionId eq 2 and UserWebhook eq true")
    receiver.status = 200
    session.ask("PATCH", f"/Webhooks({update['Id']})", body={"Active": True})
    session.simulator.apply_churn(edit=1)
    deliver(session)

    assert update["Active"] is False
    assert len(receiver.messages) == 4
    assert session.rows("/Webhooks", filter=f"Id eq {update['Id']}")[0]["Active"] is True


def test_a_failed_message_is_tried_again_only_when_told_to() -> None:
    for retries, expected in ((0, 1), (2, 3)):
        receiver = Receiver(status=503)
        session = open_listening(receiver, webhook_retries=retries)
        session.simulator.apply_churn(edit=1)
        deliver(session)

        assert len(receiver.messages) == expected


def test_the_list_shows_the_services_own_webhook_which_nobody_calls() -> None:
    receiver = Receiver()
    session = open_listening(receiver)
    (own,) = session.rows("/Webhooks", filter="UserWebhook eq false")
    for hook in session.rows("/Webhooks", filter="UserWebhook eq true"):
        session.ask("DELETE", f"/Webhooks({hook['Id']})")
    session.simulator.apply_churn(edit=3)
    deliver(session)

    assert "ploomes.com" in own["CallbackUrl"]
    assert receiver.messages == []
