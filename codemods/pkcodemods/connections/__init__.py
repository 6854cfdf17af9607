"""What becomes of `room.connections`."""

from pkcodemods.connections.deciding import ConnectionDecider
from pkcodemods.connections.lookups import lookup_function
from pkcodemods.connections.mapping_reads import view_of

__all__ = [
    "ConnectionDecider",
    "lookup_function",
    "view_of",
]
