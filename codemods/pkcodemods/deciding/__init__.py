"""What becomes of handlers, of uses of the old API, and of types."""

from pkcodemods.deciding.fitting_names import class_name_for, class_names
from pkcodemods.deciding.handed_types import starred_types
from pkcodemods.deciding.module import ModuleDecider
from pkcodemods.deciding.new_names import is_for_typing
from pkcodemods.deciding.program import ProgramDecider
from pkcodemods.deciding.wrapping import wrap_module

__all__ = [
    "ModuleDecider",
    "ProgramDecider",
    "class_name_for",
    "class_names",
    "is_for_typing",
    "starred_types",
    "wrap_module",
]
