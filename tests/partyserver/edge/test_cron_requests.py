"""Crons that are run by a request: who may, from where, and which."""

from __future__ import annotations

import itertools
from typing import Any, get_args

import httpx
import pytest
from tests.partyserver.in_process import Server

from partyserver import Cron, ExecutionContext, Host, Lobby, PartyServer, Request, Response
from partyserver.edge.cron_requests import CronRequestsFrom

URL = "/__scheduled__?cron=tick"
CRONS = {"tick": "*/5 * * * *", "tock": "0 0 * * *"}
RAN = "ran cron tick: */5 * * * *"


class Counting(PartyServer):
    """Counts the runs of its crons."""

    ran: list[str] = []  # noqa: RUF012

    @staticmethod
    def on_cron(cron: Cron, lobby: Lobby, ctx: ExecutionContext) -> None:
        Counting.ran.append(cron.name)

    @staticmethod
    def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
        return Response("on_fetch")


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    Counting.ran.clear()


async def asked(
    method: str = "GET",
    path: str = URL,
    *,
    client: Any = ("127.0.0.1", 50_000),
    allowed_from: CronRequestsFrom = "loopback",
    **headers: str,
) -> tuple[int, str]:
    host = Host({"main": Counting}, crons=CRONS, schedule_crons=False, cron_requests=allowed_from)
    transport = httpx.ASGITransport(host, client=client)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:1999") as web:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await web.request(method, path, headers=named)
    return answer.status_code, answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])
async def test_a_client_on_this_machine_runs_a_cron(method: str, address: str) -> None:
    assert await asked(method, client=(address, 50_000)) == (200, RAN)
    assert Counting.ran == ["tick"]


@pytest.mark.parametrize(
    "client",
    [("203.0.113.5", 1), ("10.0.0.1", 1), ("::2", 1), ("::ffff:10.0.0.1", 1), ("unix:", 0), ("", 0), None],
)
async def test_other_clients_run_none_unless_they_may(client: Any) -> None:
    status, text = await asked(client=client)
    assert (status, Counting.ran) == (403, [])
    assert "cron_requests" in text
    assert await asked(client=client, allowed_from="anyone") == (200, RAN)


@pytest.mark.parametrize(
    "headers",
    [
        {"forwarded": "for=127.0.0.1"},
        {"x_forwarded_for": "127.0.0.1"},
        {"X_Forwarded_For": ""},
        {"x_real_ip": "127.0.0.1"},
        {"x_forwarded_proto": "https"},
        {"x_forwarded_host": "localhost"},
        {"via": "1.1 proxy"},
        {"host": "evil.org"},
        {"host": "evil.org:1999"},
        {"host": "127.0.0.1.evil.org"},
        {"host": "localhost.evil.org"},
    ],
)
async def test_what_a_proxy_passes_on_and_names_in_the_dns_are_not_local(headers: dict[str, str]) -> None:
    assert (await asked(**headers))[0] == 403
    assert Counting.ran == []
    assert await asked(**headers, allowed_from="anyone") == (200, RAN)


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "127.0.0.1:1999", "[::1]:1999", "a.localhost", "devbox"]
)
async def test_names_of_this_machine_are_local(host: str) -> None:
    assert await asked(host=host) == (200, RAN)


@pytest.mark.parametrize("allowed_from", ["loopback", "anyone"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.org"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://localhost:3000"},
        {"origin": "http://localhost:1999.evil.org"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": "http://localhost:1999"},
    ],
)
async def test_pages_of_other_sites_run_none(
    allowed_from: CronRequestsFrom, method: str, headers: dict[str, str]
) -> None:
    assert (await asked(method, allowed_from=allowed_from, **headers))[0] == 403
    assert Counting.ran == []


async def test_the_hosts_own_pages_and_typed_addresses_may() -> None:
    assert await asked("POST", origin="http://localhost:1999", sec_fetch_site="same-origin") == (200, RAN)
    assert await asked(sec_fetch_site="none") == (200, RAN)


@pytest.mark.parametrize(
    "path",
    ["/__scheduled__", "/__scheduled__?cron=", "/__scheduled__?cron=made-up", "/__scheduled__?cron=TICK"],
)
@pytest.mark.parametrize("allowed_from", ["loopback", "anyone"])
async def test_made_up_names_are_told_the_known_ones(path: str, allowed_from: CronRequestsFrom) -> None:
    expected = (404, "no such cron; ?cron= names one of the host's: tick, tock")
    assert await asked(path=path, allowed_from=allowed_from) == expected
    assert Counting.ran == []


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods_run_none(method: str) -> None:
    assert (await asked(method))[0] == 405
    assert Counting.ran == []


@pytest.mark.parametrize(
    "path", ["//__scheduled__", "/__scheduled__/", "/__SCHEDULED__", "/%5f_scheduled__", "/__scheduled__;x"]
)
async def test_other_spellings_of_the_path_are_other_paths(path: str) -> None:
    for address, allowed_from in itertools.product(("127.0.0.1", "203.0.113.5"), get_args(CronRequestsFrom)):
        target = f"{path}?cron=tick"
        if path.startswith("//"):
            target = f"http://localhost:1999{target}"
        assert await asked(path=target, client=(address, 1), allowed_from=allowed_from) == (200, "on_fetch")
    assert Counting.ran == []


async def test_with_nobody_the_path_is_as_any_other() -> None:
    assert await asked(allowed_from="nobody") == (200, "on_fetch")
    assert Counting.ran == []


def test_who_may_is_one_of_three() -> None:
    for each in get_args(CronRequestsFrom):
        Host({"main": Counting}, cron_requests=each)
    with pytest.raises(
        ValueError, match="cron_requests is 'loopback', 'anyone' or 'nobody', got 'everybody'"
    ):
        Host({"main": Counting}, cron_requests="everybody")  # type: ignore[arg-type]


async def test_a_test_of_the_users_may() -> None:
    starlettes = ("testclient", 50_000)  # of its `TestClient`
    assert await asked(client=starlettes, host="testserver") == (200, RAN)


async def test_two_hosts_in_the_header_are_not_local() -> None:
    host = Server(Counting, crons=CRONS).host
    transport = httpx.ASGITransport(host)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as web:
        answer = await web.get(URL, headers=[("host", "localhost"), ("host", "evil.org")])
    assert answer.status_code in (400, 403)
    assert Counting.ran == []
