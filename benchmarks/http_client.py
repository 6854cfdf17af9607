"""A client that loads an HTTP server, and only counts bytes: the server is what is measured.

Each connection is kept alive and has one request at a time under way. The first answer is read as HTTP; from
then on only lengths are looked at. It uses `epoll`, so it needs Linux.
"""

from __future__ import annotations

import re
import select
import socket
import time

from benchmarks.load_client import LOOPBACK, PATIENCE, LoadError

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


def get(client: socket.socket, path: str) -> bytes:
    """Make one request; what comes back is the whole answer, with its head.

    Raises:
        LoadError: it is no 200.
    """
    client.sendall(request_of(path))
    answer = b""
    while not _complete(answer):
        part = client.recv(1 << 16)
        if not part:
            raise LoadError(f"the server hung up: {answer!r}")
        answer += part
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise LoadError(f"{path} was refused: {answer!r}")
    return answer


def request_of(path: str) -> bytes:
    """A GET request as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\n\r\n".encode()


def _complete(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    if (length := _LENGTH.search(head + b"\r\n")) is not None:
        return len(body) >= int(length[1])
    return body.endswith(b"0\r\n\r\n")  # chunked


def connect(port: int) -> socket.socket:
    """A TCP connection to a server of this machine."""
    client = socket.create_connection((LOOPBACK, port), timeout=PATIENCE)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def seconds_of(port: int, path: str) -> float:
    """How long one request takes, in seconds, its TCP connection not counted."""
    with connect(port) as client:
        started = time.perf_counter()
        get(client, path)
        return time.perf_counter() - started


def requests_a_second(port: int, path: str, *, connections: int, seconds: float) -> float:
    """Load a server for some seconds, after a fifth of that to warm up.

    Raises:
        LoadError: the server does not answer as it did at first.
    """
    clients = [connect(port) for _ in range(connections)]
    try:
        length = len(get(clients[0], path))
        for client in clients:
            client.setblocking(False)
        load = _Load(clients, request_of(path), length)
        load.run(seconds / 5)
        return load.run(seconds)
    finally:
        for client in clients:
            client.close()


class _Load:
    def __init__(self, clients: list[socket.socket], request: bytes, answer_length: int) -> None:
        self._by_descriptor = {client.fileno(): client for client in clients}
        self._request = request
        self._length = answer_length

    def run(self, seconds: float) -> float:
        """Answers a second."""
        clients, request, length = self._by_descriptor, self._request, self._length
        missing = dict.fromkeys(clients, length)
        answers, buffer = 0, bytearray(1 << 16)
        with select.epoll() as poll:
            started = time.perf_counter()
            end = started + seconds
            for descriptor, client in clients.items():
                poll.register(descriptor, select.EPOLLIN)
                client.send(request)
            under_way = len(clients)
            while under_way:
                ready = poll.poll(PATIENCE)
                if not ready:
                    raise LoadError(f"no answer came within {PATIENCE:g} s")
                goes_on = time.perf_counter() < end
                for descriptor, _ in ready:
                    received = clients[descriptor].recv_into(buffer)
                    left = missing[descriptor] - received
                    if left:
                        if not received or left < 0:
                            raise LoadError("the server hung up, or changed its answer")
                        missing[descriptor] = left
                        continue
                    answers += 1
                    missing[descriptor] = length
                    if goes_on:
                        clients[descriptor].send(request)
                    else:
                        under_way -= 1
            return answers / (time.perf_counter() - started)
