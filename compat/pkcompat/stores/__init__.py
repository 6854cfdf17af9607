"""What `pkcompat storage` does: rooms' data in files and clusters, while no host serves them."""

from pkcompat.stores.copying import Copied, copy
from pkcompat.stores.importing import Imported, delete_keys, delete_rooms, import_rooms
from pkcompat.stores.lines import Lines, alarm_json, alarm_line, key_line, read_lines
from pkcompat.stores.places import file_of, open_place
from pkcompat.stores.selection import Selection, found, parse_rooms
from pkcompat.stores.store import RoomContent, RoomSize, Store, StoreError

__all__ = [
    "Copied",
    "Imported",
    "Lines",
    "RoomContent",
    "RoomSize",
    "Selection",
    "Store",
    "StoreError",
    "alarm_json",
    "alarm_line",
    "copy",
    "delete_keys",
    "delete_rooms",
    "file_of",
    "found",
    "import_rooms",
    "key_line",
    "open_place",
    "parse_rooms",
    "read_lines",
]
