"""Recordings on two nodes, with a balancer that sends each connection to the next one: no client and no
handler can tell. `CLUSTER=long` plays all of them, in both forms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from tests.cluster.long_form import IS_LONG
from tests.test_recordings import CRONS, RECORDINGS, Run, asked_for, check_against_recording, outcomes_of

from partyserver import Host, PartyServer
from partyserver.postgres import PostgresCluster
from pkcompat.clusters import Balancer, PostgresError, PrivatePostgres, find_binaries, private_postgres
from pkcompat.playing import SocketTransport, play
from pkcompat.serving import listen, serving
from pkcompat.traffic import Transcript

STORING = ("alarm", "calls_party", "hibernation_listener", "storage_burst", "storage_kv")
"""What the normal run plays: the recordings in which rooms store, or reach each other."""

CASES = [
    Run(recording, way)
    for recording in RECORDINGS
    for way in ("object form", "class form")
    if IS_LONG or (recording in STORING and way == "class form")
]

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    try:
        find_binaries()
    except PostgresError as error:
        pytest.skip(str(error))
    with private_postgres(fsync=False, settings={"max_connections": "900"}) as server:
        yield server


@asynccontextmanager
async def two_nodes(
    parties: Mapping[str, type[PartyServer]], dsn: str, namespace: str
) -> AsyncIterator[Balancer]:
    """Two hosts behind a balancer."""
    async with AsyncExitStack() as last:
        addresses = []
        for _ in range(2):
            listener = listen()
            address = listener.getsockname()
            cluster = PostgresCluster(
                dsn, namespace=namespace, advertise=f"127.0.0.1:{address[1]}", secret="secret"
            )
            host = Host(parties, crons=CRONS, schedule_crons=False, debug=True, cluster=cluster)
            await last.enter_async_context(serving(host, listener=listener))
            addresses.append(address)
        balancer = Balancer(addresses)
        await balancer.start()
        last.push_async_callback(balancer.stop)
        yield balancer


async def run(case: Run, parties: Mapping[str, type[PartyServer]], dsn: str, namespace: str) -> Transcript:
    traffic = case.traffic
    async with two_nodes(parties, dsn, namespace) as balancer:
        async with SocketTransport("127.0.0.1", balancer.port) as transport:
            return await play(traffic, transport, expected=traffic.transcript)


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, postgres: PrivatePostgres
) -> Mapping[Run, Transcript | BaseException]:
    """What came of every run that this session asks for."""
    dsn = postgres.dsn()
    return outcomes_of(
        asked_for(request, test_two_nodes_give_what_was_recorded.__name__),
        lambda case, parties: run(case, parties, dsn, f"r{CASES.index(case)}"),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.recording}-{case.way.replace(' ', '-')}")
def test_two_nodes_give_what_was_recorded(
    case: Run, outcomes: Mapping[Run, Transcript | BaseException]
) -> None:
    check_against_recording(case, outcomes[case])
