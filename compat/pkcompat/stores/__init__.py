"""What `pkcompat storage` does: rooms' data in files and clusters, while no host serves them."""

from pkcompat.stores.copying import Copied, copy
from pkcompat.stores.places import open_place
from pkcompat.stores.store import RoomContent, Store, StoreError

__all__ = ["Copied", "RoomContent", "Store", "StoreError", "copy", "open_place"]
