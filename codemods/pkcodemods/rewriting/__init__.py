"""Carrying out a plan: classes, methods and imports, and what must be true of the output."""

from pkcodemods.rewriting.import_merging import with_merged_imports
from pkcodemods.rewriting.imports import ImportRewriter, NeededImports
from pkcodemods.rewriting.imports_table import read_imports
from pkcodemods.rewriting.line_wrapping import with_wrapped_lines
from pkcodemods.rewriting.module import ModuleRewriter
from pkcodemods.rewriting.needed_names import NameCheck
from pkcodemods.rewriting.output_checks import check_parses, old_imports

__all__ = [
    "ImportRewriter",
    "ModuleRewriter",
    "NameCheck",
    "NeededImports",
    "check_parses",
    "old_imports",
    "read_imports",
    "with_merged_imports",
    "with_wrapped_lines",
]
