"""Migrating sources: one module, or several of a project that know each other."""

from __future__ import annotations

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from pkcodemods.annotations import AnnotationReader
from pkcodemods.errors import SourceError
from pkcodemods.findings import FINDING_CODES, Problem
from pkcodemods.import_rewriting import ImportRewriter
from pkcodemods.isolated_migration import TOO_DEEP, migrate_isolated
from pkcodemods.module_deciding import ModuleDecider
from pkcodemods.nesting import is_deeply_nested
from pkcodemods.parsing import parse
from pkcodemods.party import Party
from pkcodemods.party_finding import PartyFinder
from pkcodemods.plans import ModulePlan, PartyPlan
from pkcodemods.program import Program, SourceModule
from pkcodemods.result import Finding, Form, MigrationResult, Outcome, PartyResult, worst
from pkcodemods.rewriting import ModuleRewriter
from pkcodemods.settings import Settings
from pkcodemods.sniffing import may_hold_party
from pkcodemods.type_comments import rename_type_comments

DEFAULT_SETTINGS = Settings()


def migrate_source(
    source: str, *, path: str | None = None, settings: Settings = DEFAULT_SETTINGS
) -> MigrationResult:
    """Rewrite the parties of one module.

    Args:
        source: the module's source.
        path: where it comes from; settings may go by it.
        settings: what the user chose.

    Returns:
        The new source, and what became of each party. A source that is no Python is an `error` with its line
        and reason; nothing is raised for it.
    """
    return _guarded(source, path, settings, rewrites=True)


def scan_source(
    source: str, *, path: str | None = None, settings: Settings = DEFAULT_SETTINGS
) -> MigrationResult:
    """What `migrate_source` would do, without doing it: the same result, with the source as it is."""
    return _guarded(source, path, settings, rewrites=False)


def _guarded(source: str, path: str | None, settings: Settings, *, rewrites: bool) -> MigrationResult:
    """Migrate, in another process where this one might not survive it."""
    if not may_hold_party(source.encode("utf-8", "surrogateescape"), settings.import_roots):
        return MigrationResult(Outcome.UNTOUCHED, source)
    if not is_deeply_nested(source):
        return migrate_here(source, path, settings, rewrites=rewrites)
    try:
        return migrate_isolated(source, path, settings, rewrites=rewrites)
    except SourceError as error:
        return failed(source, error)


def migrate_here(source: str, path: str | None, settings: Settings, *, rewrites: bool) -> MigrationResult:
    """Migrate in this process, whatever the source is nested like."""
    try:
        return _migrate(source, path, settings, rewrites=rewrites)
    except SourceError as error:
        return failed(source, error)
    except RecursionError:
        return failed(source, SourceError(TOO_DEEP))


def failed(source: str, error: SourceError) -> MigrationResult:
    """The result for a source that cannot be read."""
    entry = FINDING_CODES["PK901"]
    finding = Finding(entry.code, error.line, error.column, error.reason, entry.help)
    return MigrationResult(Outcome.ERROR, source, findings=(finding,))


def _migrate(source: str, path: str | None, settings: Settings, *, rewrites: bool) -> MigrationResult:
    module = SourceModule(parse(source), path=path)
    program = Program([module])
    annotations = AnnotationReader(program, settings.legacy_modules())
    parties = PartyFinder(program, annotations).find(module)
    if not parties or "all" in settings.ignored_codes(path):
        return MigrationResult(Outcome.UNTOUCHED, source)
    decider = ModuleDecider(program, annotations, module, parties, set())
    plan = decider.decide()
    _leave_ignored(plan, settings.ignored_codes(path))
    code = _rewritten(program, annotations, decider, plan, settings) if rewrites else source
    if source.endswith("\r") and not code.endswith(("\r", "\n")):
        code += "\r"  # LibCST takes no carriage return for the end of the last line
    return _result(plan, code)


def _leave_ignored(plan: ModulePlan, codes: frozenset[str]) -> None:
    """Leave parties alone whose findings are ignored in this file."""
    for party in plan.parties:
        if any(item.code.code in codes for item in party.problems):
            party.party.ignored = True


def _rewritten(
    program: Program,
    annotations: AnnotationReader,
    decider: ModuleDecider,
    plan: ModulePlan,
    settings: Settings,
) -> str:
    outcomes = {party.outcome for party in plan.parties}
    if outcomes == {Outcome.UNTOUCHED}:
        return plan.module.tree.code
    tree = ModuleRewriter(program, plan, decider.imports.local).rewrite()
    uses, scope = decider.type_uses, plan.module.scope

    def renamed(tree: cst.Module) -> cst.Module:
        assert uses is not None
        return rename_type_comments(tree, lambda types: uses.rename_in(types, scope))

    commented = renamed(tree) if uses is not None and "type:" in tree.code else None
    bridge = set(plan.uses.shims)
    if Outcome.WRAPPED in outcomes:
        bridge.add("legacy_to_class")
    if any(handler.views for party in plan.parties if party.becomes_class for handler in party.handlers):
        bridge |= {"legacy_connection", "legacy_room"}
    imports = ImportRewriter(
        program,
        plan.module,
        annotations,
        runtime=decider.imports.runtime,
        typing=decider.imports.typing,
        bridge=bridge,
        pinned=decider.pinned,
        converts=any(party.becomes_class for party in plan.parties),
        needs_sys=any(
            party.outcome is Outcome.WRAPPED and party.party.form is Form.MODULE for party in plan.parties
        ),
        line_length=settings.line_length,
    )
    if commented is None:
        return imports.rewrite(tree).code
    return renamed(imports.rewrite(tree, commented=commented)).code


def _result(plan: ModulePlan, code: str) -> MigrationResult:
    positions = _positions(plan) if any(party.problems for party in plan.parties) else {}
    results = tuple(_party_result(party, positions) for party in plan.parties)
    return MigrationResult(worst(party.outcome for party in results), code, results)


def _positions(plan: ModulePlan) -> dict[cst.CSTNode, tuple[int, int]]:
    wrapper = MetadataWrapper(plan.module.tree, unsafe_skip_copy=True)
    wanted = {item.node for party in plan.parties for item in party.problems}
    return {
        node: (position.start.line, position.start.column + 1)
        for node, position in wrapper.resolve(PositionProvider).items()
        if node in wanted
    }


def _party_result(plan: PartyPlan, positions: dict[cst.CSTNode, tuple[int, int]]) -> PartyResult:
    told = [
        item
        for item in _unique(plan.problems)
        if plan.outcome is not Outcome.WRAPPED or item.code.outcome is Outcome.WRAPPED
    ]
    findings = () if plan.party.ignored else tuple(_finding(item, positions) for item in told)
    party: Party = plan.party
    return PartyResult(party.name, party.form, party.methods, plan.outcome, findings)


def _unique(problems: list[Problem]) -> list[Problem]:
    seen: dict[tuple[str, cst.CSTNode], Problem] = {}
    for item in problems:
        seen.setdefault((item.code.code, item.node), item)
    return list(seen.values())


def _finding(item: Problem, positions: dict[cst.CSTNode, tuple[int, int]]) -> Finding:
    line, column = positions.get(item.node, (1, 1))
    return Finding(item.code.code, line, column, item.message, item.help)
