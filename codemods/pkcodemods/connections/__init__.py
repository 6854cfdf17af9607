"""What becomes of `room.connections`."""

from pkcodemods.connections.deciding import ConnectionDecider
from pkcodemods.connections.lookups import lookup_function

__all__ = [
    "ConnectionDecider",
    "lookup_function",
]
