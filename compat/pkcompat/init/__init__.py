"""What `pkcompat init` does: the files that a project begins with, as far as it has none."""

from pkcompat.init.classes import class_parties
from pkcompat.init.found import FoundParty, found_parties
from pkcompat.init.new_files import InitError, NewFile, write_new
from pkcompat.init.project import Beginning, begin

__all__ = [
    "Beginning",
    "FoundParty",
    "InitError",
    "NewFile",
    "begin",
    "class_parties",
    "found_parties",
    "write_new",
]
