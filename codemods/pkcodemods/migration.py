"""Migrates sources: one module, or several of a project that share code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import libcst as cst

from pkcodemods.api import SHIMS
from pkcodemods.deciding import ModuleDecider, ProgramDecider
from pkcodemods.errors import TOO_DEEP, OutputError, SourceError
from pkcodemods.findings import Problem, bug, left, names_lacking, objection, problem, unreadable
from pkcodemods.inference import AnnotationReader
from pkcodemods.large_stack import with_large_stack
from pkcodemods.parties import Party, PartyFinder, outside_uses, settle_shared_objects
from pkcodemods.plans import ModulePlan, PartyPlan
from pkcodemods.result import Finding, Form, MigrationResult, Outcome, PartyResult, worst
from pkcodemods.rewriting import (
    ImportRewriter,
    ModuleRewriter,
    NameCheck,
    NeededImports,
    check_parses,
    old_imports,
    read_imports,
    with_merged_imports,
    with_wrapped_lines,
)
from pkcodemods.settings import Settings
from pkcodemods.sniffing import may_hold_party
from pkcodemods.source import (
    Binding,
    Place,
    Program,
    SourceModule,
    descendants,
    is_deeply_nested,
    parse,
    positions,
    rename_type_comments,
    unwarned,
    with_imports,
    with_keyword_spaces,
)

_LEFT = frozenset({Outcome.UNTOUCHED, Outcome.ERROR})
"""The outcomes of a party that is left as it is."""


def migrate_in_this_process(
    source: str, path: str | None, settings: Settings, *, rewrites: bool
) -> MigrationResult:
    """Migrate in this process, however deeply the source is nested."""
    try:
        return _migrate(source, path, settings, rewrites=rewrites)
    except SourceError as error:
        return failed(source, error)
    except RecursionError:  # raised by the parser; later stages catch their own
        return failed(source, SourceError(TOO_DEEP))
    except Exception as error:
        return broken(source, error)


def failed(source: str, error: SourceError) -> MigrationResult:
    """The result for a source that cannot be read."""
    return MigrationResult(Outcome.ERROR, source, findings=(unreadable(error),))


def broken(source: str, error: Exception) -> MigrationResult:
    """The result for a source on which the codemod itself failed."""
    return MigrationResult(Outcome.ERROR, source, findings=(bug(error),))


def _migrate(source: str, path: str | None, settings: Settings, *, rewrites: bool) -> MigrationResult:
    module = SourceModule(parse(source), path=path)
    return migrate_together([module], [source], settings, rewrites=rewrites)[0]


def migrate_together(
    modules: list[SourceModule], sources: list[str], settings: Settings, *, rewrites: bool
) -> list[MigrationResult]:
    """The results for parsed modules that share code, in their order.

    If the codemod fails on one, all that hold parties become an `error` and stay as they are: one that is
    changed may depend on the change of another.
    """

    def migrate() -> list[MigrationResult]:
        with unwarned():
            try:
                return _carry_out(modules, sources, settings, rewrites=rewrites)
            except cst.CSTValidationError:
                return _carry_out_spaced(modules, sources, settings, rewrites=rewrites)

    try:
        try:
            return migrate()
        except RecursionError:  # long chains of calls need deep recursion
            return with_large_stack(migrate)
    except Exception as error:
        return [
            failed(source, SourceError(TOO_DEEP))
            if isinstance(error, RecursionError) and is_deeply_nested(source)
            else broken(source, error)
            if may_hold_party(source.encode("utf-8", "surrogateescape"), settings.import_roots)
            else MigrationResult(Outcome.UNTOUCHED, source)
            for source in sources
        ]


def _carry_out_spaced(
    modules: list[SourceModule], sources: list[str], settings: Settings, *, rewrites: bool
) -> list[MigrationResult]:
    """The same, with spaces around keywords: a name now stands where a bracket or a string touched one."""
    spaced = [with_keyword_spaces(source) for source in sources]
    parsed = [
        SourceModule(parse(text), name=module.name, path=module.path, is_package=module.is_package)
        for module, text in zip(modules, spaced, strict=True)
    ]
    results = _carry_out(parsed, spaced, settings, rewrites=rewrites)
    return [
        replace(result, code=source) if result.code == text else result
        for result, text, source in zip(results, spaced, sources, strict=True)
    ]


def has_certain_party(modules: list[SourceModule], settings: Settings) -> bool:
    """Whether one of some modules, taken by themselves, holds what is certainly a party."""
    program = Program(modules)
    finder = PartyFinder(program, AnnotationReader(program, settings.legacy_modules()))
    with unwarned():
        found = [party for module in modules for party in finder.find(module)]
    return any(all(item.code.code != "PK117" for item in party.problems) for party in found)


def _carry_out(
    modules: list[SourceModule], sources: list[str], settings: Settings, *, rewrites: bool
) -> list[MigrationResult]:
    program = Program(modules)
    annotations = AnnotationReader(program, settings.legacy_modules())
    finder = PartyFinder(program, annotations)
    parties = {
        module: [] if "all" in settings.ignored_codes(module.path) else finder.find(module)
        for module in modules
    }
    _drop_sources_of_handlers(program, finder, parties)
    settle_shared_objects(program, parties, finder.wrapped)
    for module, found in parties.items():
        for party in found:
            party.problems += [
                objection(each, party.place) for each in settings.objections_to(module.path, party.name)
            ]
            if (reason := settings.reason_to_leave(module.path)) is not None:
                party.problems.append(left(reason, party.place, party.name))
    if not any(parties.values()):
        untouched = [MigrationResult(Outcome.UNTOUCHED, source) for source in sources]
        return _with_unfound(finder, modules, untouched, settings)
    stay = {module for module in modules if settings.reason_to_leave(module.path) is not None}
    lacking: dict[SourceModule, str] = {}
    while True:
        decider = ProgramDecider(program, annotations, parties, {*lacking, *stay})
        decider.decide(settings)
        made = [
            _made(decider.modules[module], source, settings)
            for module, source in zip(modules, sources, strict=True)
        ]
        if lacking_now := _lacking(decider, made):
            if not lacking_now.keys().isdisjoint(lacking):
                raise OutputError("names are lacking in files that were to stay as they are")
            lacking |= lacking_now
            for module, names in lacking_now.items():
                for party in parties[module]:
                    party.problems.append(problem("PK903", party.place, names=names))
            continue
        results = [
            _migrated(decider.modules[module], new, source, settings, rewrites=rewrites)
            if parties[module] or module not in lacking
            else MigrationResult(Outcome.ERROR, source, findings=(names_lacking(lacking[module]),))
            for module, new, source in zip(modules, made, sources, strict=True)
        ]
        if True not in [own.leave_ignored(settings) for own in decider.modules.values()]:
            return _with_unfound(finder, modules, results, settings)


def _with_unfound(
    finder: PartyFinder, modules: list[SourceModule], results: list[MigrationResult], settings: Settings
) -> list[MigrationResult]:
    """The results, with a finding for each unchanged module that names PartyKit and holds no party."""
    reported: list[MigrationResult] = []
    for module, result in zip(modules, results, strict=True):
        stays = result.outcome is Outcome.UNTOUCHED and not (result.parties or result.findings)
        ignored = "all" in settings.ignored_codes(module.path)
        place = finder.unfound(module) if stays and not ignored else None
        if place is not None:
            places = positions(module.tree, result.code, {place})
            result = replace(result, findings=(_finding(problem("PK408", place), places),))
        reported.append(result)
    return reported


def _made(own: ModuleDecider, source: str, settings: Settings) -> tuple[cst.Module, str]:
    """The new tree of a module, and its source; it parses."""
    tree = _rewritten(own, source, settings)
    if tree is own.plan.module.tree:
        return tree, source
    code = tree.code
    if source.endswith("\r") and not code.endswith(("\r", "\n")):
        code += "\r"  # LibCST drops a carriage return that ends the last line
    if code != source:
        check_parses(code, source)
    return tree, code


def _lacking(decider: ProgramDecider, made: list[tuple[cst.Module, str]]) -> dict[SourceModule, str]:
    """The names, as text, that changed modules would need and lack; each is a bug in the codemod."""
    changed = {
        module: tree
        for module, (tree, _) in zip(decider.modules, made, strict=True)
        if tree is not module.tree
    }
    check = NameCheck(decider.program, changed)
    found = {module: check.lacking(module, decider.modules[module].pinned) for module in changed}
    return {module: ", ".join(f"`{name}`" for name in names) for module, names in found.items() if names}


def _migrated(
    own: ModuleDecider, made: tuple[cst.Module, str], source: str, settings: Settings, *, rewrites: bool
) -> MigrationResult:
    """The result for a module; without `rewrites` its code is the source."""
    tree, code = made
    if code != source:
        _note_old_imports(own.plan, tree, code, settings.legacy_modules())
    result = _result(own.plan, source, code)
    return result if rewrites else replace(result, code=source)


def _note_old_imports(plan: ModulePlan, tree: cst.Module, code: str, legacy_modules: tuple[str, ...]) -> None:
    """Report old imports that remain, so that `rewritten` means that nothing of the old API is left."""
    outcomes = {party.outcome for party in plan.parties}
    if any(not _is_note(item) for item in plan.uses.problems) or not outcomes <= {Outcome.REWRITTEN}:
        return
    words = {root.partition(".")[0] for root in (*legacy_modules, "pkcompat")}
    if not any(word in code for word in words):
        return
    before = dict(old_imports(plan.module, plan.module.nodes, legacy_modules))
    for name, _ in old_imports(plan.module, descendants(tree), legacy_modules):
        found = problem("PK209", before.get(name, plan.module.tree), name=name)
        for problems in [party.problems for party in plan.parties] or [plan.uses.problems]:
            problems.append(found)


def _drop_sources_of_handlers(
    program: Program, finder: PartyFinder, parties: dict[SourceModule, list[Party]]
) -> None:
    """A module whose functions are the handlers of another module's party is no party of its own."""
    uses = outside_uses(program)
    holders = {
        module
        for module, found in parties.items()
        if found or finder.has_class_party(module) or finder.wraps(module)
    }
    for module, found in parties.items():
        if [party.form for party in found] != [Form.MODULE]:
            continue
        names = {entry.key for entry in found[0].entries}
        bindings = {each for each in module.scope.bindings.values() if each.name in names}
        readers = {read.module for each in bindings for read in uses.reads.get(each, ())}
        others = holders - {module}
        if readers & others or any(_stars(program, other, bindings) for other in others):
            parties[module] = []


def _stars(program: Program, module: SourceModule, bindings: Collection[Binding]) -> bool:
    """Whether a module reads one of some names of another one that comes by its `*` import."""
    if not module.star_imports:
        return False
    names = {binding.name for binding in bindings}
    read = {node.value for node in module.nodes if isinstance(node, cst.Name) and node.value in names}
    return any(program.starred_binding(name, module) in bindings for name in read)


def _rewritten(decider: ModuleDecider, source: str, settings: Settings) -> cst.Module:
    plan, program = decider.plan, decider.program
    outcomes = {party.outcome for party in plan.parties}
    changes = outcomes or plan.classes or plan.dropped or plan.uses.changes or decider.hands_types_on()
    if (outcomes and outcomes <= _LEFT) or not changes:
        return plan.module.tree
    tree = ModuleRewriter(program, plan, decider.imports.local).rewrite()
    uses, scope = decider.type_uses, plan.module.scope

    def renamed(tree: cst.Module) -> cst.Module:
        if uses is None or not has_type_comments:
            return tree
        return rename_type_comments(tree, lambda types: uses.rename_in(types, scope))

    has_type_comments = "type:" in source
    commented = renamed(tree) if has_type_comments else None  # renamed types may need imports of their own
    bridge = set(plan.uses.shims)
    if Outcome.WRAPPED in outcomes:
        bridge.add("legacy_to_class")
    for party in plan.parties:
        if party.becomes_class:
            bridge |= {SHIMS[kind] for handler in party.handlers for kind in handler.view_kinds}
    needed = NeededImports(
        decider.imports.runtime,
        decider.imports.typing,
        {name: plan.uses.bridge_names.get(name, name) for name in bridge},
        plan.uses.bridge_names.get("sys", "sys")
        if any(party.outcome is Outcome.WRAPPED and party.party.form is Form.MODULE for party in plan.parties)
        else None,
    )
    table = read_imports(program, plan.module, decider.annotations, decider.pinned, plan.uses.import_names)
    imports = ImportRewriter(table, needed, converts=uses is not None, line_length=settings.line_length)
    new = renamed(imports.rewrite(tree, commented=commented))
    added = decider.added_imports
    if added:
        new = with_imports(new, added, settings.line_length)
    new = with_merged_imports(new, plan.module.tree, settings.line_length)
    return with_wrapped_lines(new, plan.module.tree, settings.line_length)


def _result(plan: ModulePlan, source: str, code: str) -> MigrationResult:
    own = [] if plan.parties else plan.uses.problems
    wanted = {item.node for item in (*own, *(item for party in plan.parties for item in party.problems))}
    wanted |= {party.party.place for party in plan.parties}
    places = positions(plan.module.tree, source, wanted)
    results = tuple(_party_result(party, places) for party in plan.parties)
    if plan.parties:
        return MigrationResult(worst(party.outcome for party in results), code, results)
    reported = [item for item in _unique(own) if code != source or _is_note(item)]
    findings = tuple(_finding(item, places) for item in reported)
    if code == source:
        return MigrationResult(Outcome.UNTOUCHED, code, findings=findings)
    outcome = Outcome.REWRITTEN if all(map(_is_note, reported)) else Outcome.RESIDUE
    return MigrationResult(outcome, code, findings=findings)


def _is_note(item: Problem) -> bool:
    return item.code.outcome is Outcome.REWRITTEN


def _party_result(plan: PartyPlan, places: Mapping[cst.CSTNode, Place]) -> PartyResult:
    reported = [
        item
        for item in _unique(plan.problems)
        if plan.outcome not in (Outcome.WRAPPED, *_LEFT) or item.code.outcome is plan.outcome
    ]
    party: Party = plan.party
    at_party = places.get(party.place, (1, 1))  # for what lies in another module
    findings = () if party.ignored else tuple(_finding(item, places, at_party) for item in reported)
    return PartyResult(party.name, party.form, party.methods, plan.outcome, findings)


def _unique(problems: list[Problem]) -> list[Problem]:
    seen: dict[tuple[str, cst.CSTNode], Problem] = {}
    for item in problems:
        seen.setdefault((item.code.code, item.node), item)
    return list(seen.values())


def _finding(item: Problem, places: Mapping[cst.CSTNode, Place], elsewhere: Place = (1, 1)) -> Finding:
    line, column = places.get(item.node, elsewhere)
    return Finding(item.code.code, line, column, item.message, item.help)
