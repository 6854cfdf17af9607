"""Sockets that arrive at once, and the probe of a room beside them."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest
from benchmarks.arriving import open_at_once, probing
from benchmarks.load_client import LoadError, client_frame, server_frame

ANSWER = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


def serve(listener: socket.socket, count: int, answer: bytes) -> threading.Thread:
    """Answer so many handshakes once all of them have come, and keep the sockets."""

    def run() -> None:
        accepted = [listener.accept()[0] for _ in range(count)]
        for client in accepted:
            while not client.recv(4096).endswith(b"\r\n\r\n"):
                pass
        for client in accepted:
            client.sendall(answer)
        for client in accepted:
            client.recv(1)  # until it closes
            client.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def listen() -> tuple[socket.socket, int]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=50)
    return listener, listener.getsockname()[1]


def test_no_socket_waits_for_another() -> None:
    listener, port = listen()
    with listener:
        thread = serve(listener, 20, ANSWER)
        clients, seconds = open_at_once(port, lambda number: f"/party/{number}", 20)
        for client in clients:
            client.close()
        thread.join(5)
    assert len(clients) == 20
    assert seconds > 0


def test_a_refusal_is_told() -> None:
    listener, port = listen()
    with listener:
        thread = serve(listener, 1, b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
        with pytest.raises(LoadError, match="503"):
            open_at_once(port, str, 1)
        thread.join(5)


def test_a_probe_tells_the_longest_wait_of_a_room() -> None:
    listener, port = listen()
    waited = threading.Event()

    def run() -> None:
        accepted = []
        for _ in range(2):
            client, _ = listener.accept()
            client.recv(4096)
            client.sendall(ANSWER)
            accepted.append(client)
        sender, receiver = accepted
        for delay in (0.0, 0.2, 0.0):
            assert sender.recv(4096) == client_frame(b"probe")
            threading.Event().wait(delay)
            receiver.sendall(server_frame(b"probe"))
        waited.set()
        with sender, receiver, contextlib.suppress(OSError):
            while sender.recv(4096):
                receiver.sendall(server_frame(b"probe"))

    with listener:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        with probing(port, pings=False) as waits:
            assert waited.wait(20)
        thread.join(5)
    assert waits.longest >= 0.2
