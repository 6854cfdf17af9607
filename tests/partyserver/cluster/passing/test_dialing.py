"""Who gets a link to a node, over real sockets."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from tests.partyserver.cluster.two_nodes import SECRET, TestedNode, two_nodes
from tests.partyserver.wire_paths import PATHS
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from partyserver import PartyServer
from partyserver.cluster import Node
from partyserver.cluster.passing.dialing import PATH
from partyserver.cluster.passing.proof import GREETING, Secret
from partyserver.exceptions import NotOwnerError


class Empty(PartyServer):
    """Nothing."""


def address(node: TestedNode) -> str:
    assert node.node is not None
    return node.node.address


@pytest.mark.parametrize("path", PATHS)
async def test_another_secret_is_refused(path: str, caplog: pytest.LogCaptureFixture) -> None:
    async with asyncio.timeout(30), two_nodes({"main": Empty}, path) as (entry, owner, _):
        entry.passing._secret = Secret("another")
        assert owner.node is not None
        with pytest.raises(NotOwnerError):
            await entry.passing.link_to(owner.node)
        assert "127.0.0.1" in caplog.text
        assert "does not know the secret" in caplog.text
        assert SECRET not in caplog.text
        if path != "plain":  # uvicorn's own class answers 403 to every refusal, too
            assert "PKCOMPAT_CLUSTER_SECRET" in caplog.text


async def test_a_process_that_has_started_again_is_another_node() -> None:
    async with asyncio.timeout(30), two_nodes({"main": Empty}) as (entry, owner, _):
        with pytest.raises(NotOwnerError, match="another one by now"):
            await entry.passing.link_to(Node(77, address(owner)))
        owner.passing.joined(None)
        assert owner.node is not None
        with pytest.raises(NotOwnerError):
            await entry.passing.link_to(owner.node)


async def test_a_node_that_is_not_there(caplog: pytest.LogCaptureFixture) -> None:
    async with asyncio.timeout(30), two_nodes({"main": Empty}) as (entry, _, _):
        for _ in range(3):
            with pytest.raises(NotOwnerError):
                await entry.passing.link_to(Node(9, "127.0.0.1:1"))
        assert caplog.text.count("cannot be reached") == 1
        assert "127.0.0.1:1: it cannot be reached" in caplog.text
        assert "--advertise" in caplog.text


async def test_another_version_is_refused_by_name(caplog: pytest.LogCaptureFixture) -> None:
    async with asyncio.timeout(30), two_nodes({"main": Empty}) as (_, owner, _):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{address(owner)}{PATH}", additional_headers={GREETING: "2 1 a 2 n s"})
        assert refused.value.response.status_code == 426
        assert b"protocol between nodes" in (refused.value.response.body or b"")
        assert "it speaks version 2 of the protocol between nodes, this one 1" in caplog.text


@pytest.mark.parametrize(
    "greetings", [[], ["x"], ["1 1 a 2 n s"], ["1 1 a 2 n s", "1 1 a 2 n s"], ["1 " + "9" * 5000]]
)
async def test_a_client_gets_no_link(greetings: list[str]) -> None:
    async with asyncio.timeout(30), two_nodes({"main": Empty}) as (_, owner, _):
        headers = [(GREETING, greeting) for greeting in greetings]
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{address(owner)}{PATH}", additional_headers=headers)
        assert refused.value.response.status_code in (403, 404)
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"http://{address(owner)}{PATH}", headers=headers, content=b"x")
            assert answer.status_code == 404
        assert not owner.passing._all


async def test_an_overheard_greeting_gets_no_link(caplog: pytest.LogCaptureFixture) -> None:
    async with asyncio.timeout(30), two_nodes({"main": Empty}, silence=5.0) as (_, owner, _):
        greeting = Secret(SECRET).greeting(Node(1, "127.0.0.1:1"), 2)
        headers = {GREETING: greeting.header}
        async with connect(f"ws://{address(owner)}{PATH}", additional_headers=headers) as client:
            challenge = await client.recv()
            assert isinstance(challenge, str)
            await client.send(challenge.split()[1])
            with pytest.raises(ConnectionClosed):
                await client.recv()
        assert "does not know the secret" in caplog.text
        assert not owner.passing._all
