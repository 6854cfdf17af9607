"""Which parties a module has, and what their handlers take."""

from pkcodemods.parties.export_reads import known_reads, object_reads
from pkcodemods.parties.finding import LEGACY_TO_CLASS, PartyFinder
from pkcodemods.parties.party import Entry, Party
from pkcodemods.parties.shared_objects import settle_shared_objects
from pkcodemods.parties.signatures import Signature, SignatureReader, own_signature
from pkcodemods.parties.uses_elsewhere import OutsideRead, OutsideUses, outside_uses

__all__ = [
    "LEGACY_TO_CLASS",
    "Entry",
    "OutsideRead",
    "OutsideUses",
    "Party",
    "PartyFinder",
    "Signature",
    "SignatureReader",
    "known_reads",
    "object_reads",
    "outside_uses",
    "own_signature",
    "settle_shared_objects",
]
