"""The proof that two nodes know the secret."""

from __future__ import annotations

import pytest

from partyserver.cluster import Node
from partyserver.cluster.passing.messages import PROTOCOL_VERSION
from partyserver.cluster.passing.proof import GreetingError, ProofError, Secret, VersionError

SENDER = Node(7, "10.0.0.1:1999")


def test_both_convince_each_other() -> None:
    dialer, acceptor = Secret("s"), Secret("s")
    greeting = dialer.greeting(SENDER, 8)
    read = acceptor.read_greeting(greeting.header)
    assert read == greeting
    challenge, expected = acceptor.challenge(read)
    acceptor.check(dialer.answer(greeting, challenge), expected)


def test_another_secret_is_found_out_by_either() -> None:
    greeting = Secret("s").greeting(SENDER, 8)
    with pytest.raises(ProofError):
        Secret("t").read_greeting(greeting.header)
    challenge, expected = Secret("t").challenge(greeting)
    with pytest.raises(ProofError):
        Secret("s").answer(greeting, challenge)
    with pytest.raises(ProofError):
        Secret("s").check(Secret("t").challenge(greeting)[1], expected)


def test_a_greeting_for_another_node_or_of_another_is_no_good() -> None:
    words = Secret("s").greeting(SENDER, 8).header.split(" ")
    for number, word in ((1, "6"), (2, "10.0.0.2:1999"), (3, "9"), (4, "00"), (5, "é")):
        with pytest.raises(ProofError):
            Secret("s").read_greeting(" ".join([*words[:number], word, *words[number + 1 :]]))


def test_an_overheard_answer_is_no_good_for_another_challenge() -> None:
    secret = Secret("s")
    greeting = secret.greeting(SENDER, 8)
    overheard = secret.answer(greeting, secret.challenge(greeting)[0])
    with pytest.raises(ProofError):
        secret.check(overheard, secret.challenge(greeting)[1])


def test_another_version_is_named() -> None:
    with pytest.raises(VersionError, match=f"version 99 .* this one {PROTOCOL_VERSION}"):
        Secret("s").read_greeting("99 anything")


@pytest.mark.parametrize("header", ["", "x", "1", "1 2 3", "1 a b c d e", "9" * 50, "1 1 a 2 n s more"])
def test_what_is_no_greeting(header: str) -> None:
    with pytest.raises(GreetingError):
        Secret("s").read_greeting(header)
