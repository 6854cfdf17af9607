"""Steps of traffic, and their clients."""

from pkcompat.traffic.steps import Burst, Close, Http, Wait, clients_of


def test_a_burst_names_each_of_its_clients_once() -> None:
    assert clients_of(Burst((("b", "1"), ("a", "2"), ("b", "3")))) == ("b", "a")


def test_steps_of_one_client_and_of_none() -> None:
    assert clients_of(Close("a")) == ("a",)
    assert clients_of(Http("GET", "/")) == ()
    assert clients_of(Wait(1)) == ()
