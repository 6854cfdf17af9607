"""How two nodes prove to each other that they know the secret, without saying it.

The node that dials sends a greeting with a nonce, signed; whoever does not know the secret gets no further
than that. The other answers with a nonce of its own, and a signature over both; so does then the first. A
greeting that somebody has overheard is of no use, as its sender cannot sign the second nonce. All signatures
are over both nodes' numbers, so that none is good between others.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from partyserver.cluster.engine import Node
from partyserver.cluster.passing.messages import PROTOCOL_VERSION

GREETING = "pkcompat-link"
"""The header of a handshake that holds the greeting."""


class GreetingError(Exception):
    """There is no greeting, or it cannot be read."""


class VersionError(Exception):
    """The other node speaks another version.

    Attributes:
        version: which.
    """

    def __init__(self, version: str) -> None:
        super().__init__(
            f"it speaks version {version} of the protocol between nodes, this one {PROTOCOL_VERSION}: "
            "run the same version of pkcompat on every node"
        )
        self.version = version


class ProofError(Exception):
    """The other node does not know the secret."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a node that dials says first.

    Attributes:
        sender: the node.
        target: the number of the node that it wants to reach.
        nonce: random.
        signature: over all of it.
    """

    sender: Node
    target: int
    nonce: str
    signature: str

    @property
    def header(self) -> str:
        """The value of its header."""
        sender = self.sender
        return f"{PROTOCOL_VERSION} {sender.id} {sender.address} {self.target} {self.nonce} {self.signature}"


class Secret:
    """What all nodes know."""

    def __init__(self, text: str) -> None:
        self._key = text.encode()

    def greeting(self, sender: Node, target: int) -> Greeting:
        """A new greeting."""
        nonce = secrets.token_hex(16)
        return Greeting(sender, target, nonce, self._sign("greet", sender.id, sender.address, target, nonce))

    def read_greeting(self, header: str) -> Greeting:
        """The greeting in a header.

        Raises:
            GreetingError: it cannot be read.
            VersionError: it is of another version.
            ProofError: its sender does not know the secret.
        """
        version, _, rest = header.partition(" ")
        if version != str(PROTOCOL_VERSION):
            if version.isascii() and version.isdigit() and len(version) < 10:
                raise VersionError(version)
            raise GreetingError
        try:
            sender, address, target, nonce, signature = rest.split(" ")
            greeting = Greeting(Node(int(sender), address), int(target), nonce, signature)
        except ValueError:
            raise GreetingError from None
        self._check(signature, "greet", greeting.sender.id, address, greeting.target, nonce)
        return greeting

    def challenge(self, greeting: Greeting) -> tuple[str, str]:
        """The answer to a greeting, a nonce and a signature; and what the sender has to say then."""
        nonce = secrets.token_hex(16)
        return f"{nonce} {self._answer('accept', greeting, nonce)}", self._answer("prove", greeting, nonce)

    def answer(self, greeting: Greeting, challenge: str) -> str:
        """What the sender of a greeting says to the answer.

        Raises:
            ProofError: whoever made that does not know the secret.
        """
        nonce, _, signature = challenge.partition(" ")
        self._compare(signature, self._answer("accept", greeting, nonce))
        return self._answer("prove", greeting, nonce)

    def check(self, said: str, expected: str) -> None:
        """Compare what the sender of a greeting has said.

        Raises:
            ProofError: it is something else.
        """
        self._compare(said, expected)

    def _answer(self, what: str, greeting: Greeting, nonce: str) -> str:
        return self._sign(what, greeting.sender.id, greeting.target, greeting.nonce, nonce)

    def _sign(self, *parts: object) -> str:
        text = " ".join(map(str, (PROTOCOL_VERSION, *parts)))
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def _check(self, signature: str, *parts: object) -> None:
        self._compare(signature, self._sign(*parts))

    @staticmethod
    def _compare(said: str, expected: str) -> None:
        if not hmac.compare_digest(said.encode(), expected.encode()):
            raise ProofError
