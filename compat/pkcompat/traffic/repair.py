"""Making traffic playable again after steps were added or removed."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Raw, Send, Step, Wait


def repaired(steps: Iterable[Step], *, shares_ids: bool = True) -> tuple[Step, ...]:
    """The steps, without those of clients that are not connected at that point.

    A client that connects again closes its first socket before.

    Args:
        steps: the steps.
        shares_ids: whether two sockets in one room may share an id; if not, the older one is closed.
    """
    there: dict[str, tuple[str, str]] = {}
    whole: list[Step] = []
    for step in steps:
        match step:
            case Connect(client):
                place = _place(step)
                taken = [client] if client in there else []
                if not shares_ids:
                    taken += [other for other, held in there.items() if held == place and other != client]
                for other in taken:
                    del there[other]
                    whole.append(Close(other))
                there[client] = place
                whole.append(step)
            case Close(client) | Drop(client):
                if there.pop(client, None):
                    whole.append(step)
            case Send(client) | Raw(client):
                if client in there:
                    whole.append(step)
            case Burst(sends):
                if kept := tuple(send for send in sends if send[0] in there):
                    whole.append(Burst(kept) if len(kept) > 1 else Send(*kept[0]))
            case Http() | Wait():
                whole.append(step)
    return tuple(whole)


def _place(step: Connect) -> tuple[str, str]:
    """The room's path and the connection's id."""
    parts = urlsplit(step.path)
    ids = parse_qs(parts.query).get("_pk")
    length = 4 if parts.path.startswith("/parties/") else 3
    room = "/".join(parts.path.split("/")[:length])
    return room, ids[0] if ids else f" {step.client}"
