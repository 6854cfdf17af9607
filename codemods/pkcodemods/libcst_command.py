"""The codemod as a command of LibCST: `python -m libcst.tool codemod -x pkcodemods.MigrateParties PATH`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext

from pkcodemods.migration import migrate_source
from pkcodemods.settings import Settings


class MigrateParties(CodemodCommand):
    """Rewrites the parties of each module; findings are LibCST's warnings.

    Each module is migrated by itself: `pkcompat migrate` also follows rooms into other modules.
    """

    DESCRIPTION = "Rewrite PartyKit parties from the object of handlers to the class."

    def __init__(self, context: CodemodContext, import_root: Sequence[str] = ()) -> None:
        """Make the command.

        Args:
            context: LibCST's.
            import_root: modules that stand for `partykit.server` besides itself.
        """
        super().__init__(context)
        self._settings = Settings(import_roots=tuple(import_root))

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        """The command's own options."""
        arg_parser.add_argument(
            "--import-root",
            action="append",
            default=[],
            metavar="MODULE",
            help="A module that stands for partykit.server; may be given any number of times.",
        )

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """The module with its parties rewritten; the same tree where nothing changes."""
        source = tree.code
        result = migrate_source(source, path=self.context.filename, settings=self._settings)
        findings = [finding for party in result.parties for finding in party.findings]
        for finding in [*findings, *result.findings]:
            place = f"{finding.line}:{finding.column}"
            self.warn(f"{place}: {finding.code} {finding.message} {finding.help}")
        return tree if result.code == source else cst.parse_module(result.code, tree.config_for_parsing)
