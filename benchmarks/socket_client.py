"""Bare WebSockets, many at a time: opened, woken and closed, with every wait bounded. It needs Linux."""

from __future__ import annotations

import itertools
import select
import socket
import time
from collections.abc import Callable, Sequence

from benchmarks.load_client import LOOPBACK, PATIENCE, LoadError

EMPTY_TEXT = bytes([0x81, 0x80, 0, 0, 0, 0])  # an empty text message, masked with zeros
CLOSE = bytes([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8])  # a close with code 1000, the same
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"  # as browsers offer it
IN_FLIGHT = 50  # handshakes at a time

PathOf = Callable[[int], str]
"""The path of the socket with a number."""


def open_sockets(
    port: int,
    path_of: PathOf,
    count: int,
    *,
    first: int = 0,
    in_flight: int = IN_FLIGHT,
    extensions: str = "",
) -> tuple[list[socket.socket], float]:
    """Open WebSockets, so many handshakes at a time.

    Args:
        port: the server's, on the loopback.
        path_of: gives the path of each.
        count: how many.
        first: the number of the first one.
        in_flight: how many handshakes are under way at a time.
        extensions: header lines that offer extensions.

    Returns:
        The sockets, and the seconds that this took.

    Raises:
        LoadError: a handshake was refused.
    """
    opened: list[socket.socket] = []
    under_way: dict[int, socket.socket] = {}
    with select.epoll() as poll:
        started = time.perf_counter()
        numbers = iter(range(first, first + count))
        for number in numbers:
            _start(port, path_of(number), extensions, poll, under_way)
            if len(under_way) == in_flight:
                break
        while under_way:
            ready = poll.poll(PATIENCE)
            if not ready:
                raise LoadError(f"a handshake was not answered within {PATIENCE:g} s")
            for descriptor, _ in ready:
                client = under_way.pop(descriptor)
                poll.unregister(descriptor)
                end_of_head(client)
                opened.append(client)
                for number in itertools.islice(numbers, 1):
                    _start(port, path_of(number), extensions, poll, under_way)
        return opened, time.perf_counter() - started


def _start(
    port: int, path: str, extensions: str, poll: select.epoll, under_way: dict[int, socket.socket]
) -> None:
    client = socket.create_connection((LOOPBACK, port), timeout=PATIENCE)
    client.sendall(handshake(path, extensions))
    under_way[client.fileno()] = client
    poll.register(client.fileno(), select.EPOLLIN)


def handshake(path: str, extensions: str = "") -> bytes:
    """The head of a handshake.

    Args:
        path: of the WebSocket.
        extensions: header lines that offer extensions.
    """
    return (
        f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Version: 13\r\n{extensions}\r\n"
    ).encode()


def end_of_head(client: socket.socket) -> None:
    """Read the answer to a handshake.

    Raises:
        LoadError: it was refused.
    """
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = client.recv(4096)
        if not part:
            break
        answer += part
    if not answer.startswith(b"HTTP/1.1 101 "):
        raise LoadError(f"a handshake was refused: {answer!r}")


def ask_all(clients: Sequence[socket.socket]) -> tuple[list[bytes], float]:
    """Send each an empty text message, and wait for the answers.

    Returns:
        What each answered, and the seconds that this took.
    """
    started = time.perf_counter()
    for client in clients:
        client.sendall(EMPTY_TEXT)
    answers = [client.recv(4096) for client in clients]
    return answers, time.perf_counter() - started


def close_all(clients: Sequence[socket.socket], *, answered: bool = True) -> None:
    """Close WebSockets.

    Args:
        clients: the sockets.
        answered: whether the server closes them too, so that its end can be waited for.
    """
    for client in clients:
        client.sendall(CLOSE)
    for client in clients:
        while answered and client.recv(4096):
            pass
        client.close()
