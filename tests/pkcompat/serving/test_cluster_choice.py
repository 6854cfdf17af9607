"""Which cluster a process is a node of, and under which address."""

from __future__ import annotations

import pytest

from pkcompat.serving import Address, ClusterOptions, choose_cluster
from pkcompat.serving.cluster_choice import ClusterChoiceError

URL = "postgresql://app:hidden@db/rooms"


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PKCOMPAT_CLUSTER_SECRET", "known to all nodes")


@pytest.mark.parametrize(
    ("listens", "advertise", "reached"),
    [
        (Address("127.0.0.1", 1999), None, "127.0.0.1:1999"),
        (Address("::1", 1999), None, "[::1]:1999"),
        (Address("10.0.0.5", 80), None, "10.0.0.5:80"),
        (Address("0.0.0.0", 80), "10.0.0.5:8080", "10.0.0.5:8080"),
    ],
)
def test_where_other_nodes_reach_this_one(listens: Address, advertise: str | None, reached: str) -> None:
    cluster = choose_cluster(ClusterOptions(URL, advertise, "chat", 5.0), listens)
    assert cluster is not None
    assert (cluster.advertise, cluster.namespace, cluster.lease) == (reached, "chat", 5.0)
    assert cluster.secret == "known to all nodes"
    assert cluster.shown_dsn == "postgresql://app@db/rooms"


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_who_listens_everywhere_has_to_say_where_it_is_reached(host: str) -> None:
    with pytest.raises(ClusterChoiceError, match=r"name it with --advertise, such as --advertise .*:1999"):
        choose_cluster(ClusterOptions(URL), Address(host, 1999))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ClusterOptions("mysql://db/rooms"), "postgresql://USER@HOST/DATABASE"),
        (ClusterOptions(URL, "10.0.0.5"), "write HOST:PORT"),
        (ClusterOptions(URL, namespace="my-rooms"), "no namespace"),
    ],
)
def test_what_cannot_be_used(options: ClusterOptions, message: str) -> None:
    with pytest.raises(ClusterChoiceError, match=message):
        choose_cluster(options, Address("127.0.0.1", 1999))


def test_without_a_cluster() -> None:
    assert choose_cluster(None, Address("0.0.0.0", 1999)) is None
