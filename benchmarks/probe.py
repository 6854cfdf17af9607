"""How long a room waits: a message every few milliseconds from one socket to another, until stdin ends.

    python -m benchmarks.probe --port 1999 --path /party/beside --every 0.005

prints `ready` once both sockets are open, and at the end a JSON object: `longest` and `median`, the seconds
that a message took, and `messages`, how many there were. With `--ping` it is a ping of one socket and its
pong, for servers without rooms.
"""

from __future__ import annotations

import argparse
import json
import select
import statistics
import sys
import time

from benchmarks.load_client import PATIENCE, client_frame, connect, server_frame

PING = bytes([0x89, 0x80, 0, 0, 0, 0])
PONG = bytes([0x8A, 0x00])


def main() -> None:
    """Probe until stdin ends."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default="/party/beside")
    parser.add_argument("--every", type=float, default=0.005, help="seconds between messages")
    parser.add_argument("--ping", action="store_true", help="send pings, and wait for the pongs")
    options = parser.parse_args()
    sender = connect(options.port, options.path)
    receiver = sender if options.ping else connect(options.port, options.path)
    sent, expected = (PING, PONG) if options.ping else (client_frame(b"probe"), server_frame(b"probe"))
    receiver.settimeout(PATIENCE)
    print("ready", flush=True)
    waits = []
    while not select.select([sys.stdin], [], [], options.every)[0]:
        started = time.perf_counter()
        sender.sendall(sent)
        received = b""
        while len(received) < len(expected):
            part = receiver.recv(4096)
            if not part:
                raise SystemExit("the server closed the socket")
            received += part
        waits.append(time.perf_counter() - started)
    print(
        json.dumps({"longest": max(waits), "median": statistics.median(waits), "messages": len(waits)}),
        flush=True,
    )


if __name__ == "__main__":
    main()
