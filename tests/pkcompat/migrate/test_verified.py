"""What becomes of parties, by what comparing their forms shows; the comparing itself is made up here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pkcompat.forms.run import FormRun
from pkcompat.migrate.file import FileMigration
from pkcompat.migrate.project import ProjectMigration
from pkcompat.migrate.verified import (
    Compare,
    Migrating,
    Verifications,
    VerificationTerms,
    VerifiedMigration,
)
from pkcompat.project.pyproject import ToolSettings
from pkcompat.traffic.comparison import Difference
from pkcompat.traffic.steps import Connect
from pkcompat.traffic.transcript import Message
from pkcompat.verify.generated_traffic import GeneratedVerification, GenerationPlan, Reach
from pkcompat.verify.given_traffic import VerifyError
from pkcompat.verify.search import Exploration, Separation

PARTY = """\
def on_connect(connection, room):
    room.broadcast("hi")


default = {"onConnect": on_connect}
"""
USES_TELL = """\
from tell import tell


def on_connect(connection, room):
    tell(room)


default = {"onConnect": on_connect}
"""
TELL = """\
def tell(room):
    for peer in room.connections.values():
        peer.socket.send("x")
"""
TWO_PARTIES = """\
def on_connect(connection, room):
    room.broadcast("hi")


def on_close(connection, room):
    room.broadcast("bye")


default = {"onConnect": on_connect}
lobby = {"onClose": on_close}
"""

Verdict = GeneratedVerification | VerifyError
LINES = frozenset(range(1, 11))


def migrate_verified(
    project: Migrating, terms: VerificationTerms, compare: Compare
) -> tuple[list[FileMigration], Verifications]:
    migration = VerifiedMigration(project, terms, compare)
    groups = migration.settle([])
    return project.in_files(groups), migration.verifications()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Comparing:
    """Compares as a test says, and remembers what it was asked."""

    def __init__(self, decide: Callable[[GenerationPlan], Verdict]) -> None:
        self._decide = decide
        self.asked: list[list[GenerationPlan]] = []

    def __call__(self, plans: Sequence[GenerationPlan]) -> list[Verdict]:
        self.asked.append(list(plans))
        return [self._decide(plan) for plan in plans]

    def targets(self) -> list[list[str]]:
        return [[plan.new for plan in plans] for plans in self.asked]


def agreeing(plan: GenerationPlan, missed: Sequence[int] = ()) -> GeneratedVerification:
    return _verification(plan, None, missed)


def differing(plan: GenerationPlan, *, steady: bool = True) -> GeneratedVerification:
    script = (Connect("a", "/party/room"),)
    between = (Difference(0, "a", (Message("old"),), (Message("new"),)),)
    run = FormRun(())
    return _verification(plan, Separation(script, script, run, run, between, steady), ())


def _verification(
    plan: GenerationPlan, separation: Separation | None, missed: Sequence[int]
) -> GeneratedVerification:
    exploration = Exploration(1, 2, 3, frozenset(), frozenset(), separation, ())
    reach = Reach(plan.old, LINES, frozenset(missed))
    return GeneratedVerification(plan, exploration, ("object", "class"), reach, reach, None, True, False)


def text_of(plan: GenerationPlan, name: str = "") -> str:
    """What the new form of a plan has in its own file, or in another."""
    file = Path(name or plan.new.partition(":")[0]).resolve()
    return plan.sources.get(file, b"").decode()


def is_class(plan: GenerationPlan) -> bool:
    return "(PartyServer)" in text_of(plan)


def is_wrapped(plan: GenerationPlan) -> bool:
    return "= legacy_to_class(" in text_of(plan)


def migrated(
    decide: Callable[[GenerationPlan], Verdict], *, required: int = 0, **files: str
) -> tuple[dict[str, FileMigration], Comparing, Verifications]:
    """Migrate files; every one that changes must be as it was when it was compared, and agreed."""
    for name, text in files.items():
        Path(f"{name}.py").write_text(text)
    agreed: list[dict[Path, bytes]] = []

    def deciding(plan: GenerationPlan) -> Verdict:
        verdict = decide(plan)
        if isinstance(verdict, GeneratedVerification) and verdict.agrees:
            agreed.append(dict(plan.sources))
        return verdict

    compare = Comparing(deciding)
    project = ProjectMigration([Path(f"{name}.py") for name in files], ToolSettings())
    migrations, shown = migrate_verified(project, VerificationTerms(required_coverage=required), compare)
    for migration in migrations:
        if migration.changes:
            assert any(sources.get(migration.path.resolve()) == migration.after for sources in agreed)
    return {migration.path.stem: migration for migration in migrations}, compare, shown


def codes(migration: FileMigration) -> list[str]:
    return [finding.code for party in migration.parties for finding in party.findings]


def test_what_agrees_is_compared_once_and_is_what_the_codemod_makes() -> None:
    files, compare, shown = migrated(agreeing, chat=PARTY, plain="x = 1\n")
    assert [files["chat"].outcome, files["plain"].outcome] == ["rewritten", "untouched"]
    ((plan,),) = compare.asked
    assert (plan.old, plan.new) == ("chat.py:default", "chat.py:default")
    assert plan.old_sources == {Path("chat.py").resolve(): PARTY.encode()}
    assert is_class(plan)
    assert not shown.refuses
    assert shown.parties[Path("chat.py"), "default"].agreed is not None


def test_a_party_whose_forms_differ_is_wrapped_and_compared_again() -> None:
    def decide(plan: GenerationPlan) -> Verdict:
        return differing(plan) if is_class(plan) else agreeing(plan)

    files, compare, shown = migrated(decide, chat=PARTY, other=PARTY)
    assert [files["chat"].outcome, files["other"].outcome] == ["wrapped", "wrapped"]
    (finding,) = files["chat"].parties[0].findings
    assert finding.code == "PK401"
    assert finding.message == (
        "As a class, `default` behaved differently than as an object: "
        "a connects to /party/room → a gets “old” (object form) but “new” (class form)."
    )
    assert [len(plans) for plans in compare.asked] == [2, 2]
    assert shown.refuses
    party = shown.parties[Path("chat.py"), "default"]
    assert party.agreed is not None
    assert party.separation is not None


def test_a_class_that_cannot_be_served_is_one_that_differs() -> None:
    def decide(plan: GenerationPlan) -> Verdict:
        if is_class(plan):
            return VerifyError("the new form cannot be served: NameError.", is_new_form=True)
        return agreeing(plan)

    files, _, shown = migrated(decide, chat=PARTY)
    assert (files["chat"].outcome, codes(files["chat"])) == ("wrapped", ["PK401"])
    assert files["chat"].parties[0].findings[0].message.endswith("cannot be served: NameError.")
    assert shown.refuses


def test_a_party_that_differs_even_wrapped_stays_as_it_is() -> None:
    files, compare, shown = migrated(differing, chat=PARTY)
    assert (files["chat"].outcome, codes(files["chat"])) == ("untouched", ["PK405"])
    assert files["chat"].after == PARTY.encode()
    assert len(compare.asked) == 2
    assert shown.refuses


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (lambda plan: VerifyError("the old form cannot be served:\nit raised"), "PK403"),
        (lambda plan: differing(plan, steady=False), "PK406"),
    ],
)
def test_a_module_that_cannot_be_compared_is_an_error_and_stays(
    verdict: Callable[[GenerationPlan], Verdict], code: str
) -> None:
    def decide(plan: GenerationPlan) -> Verdict:
        return verdict(plan) if plan.new == "two.py:lobby" else agreeing(plan)

    files, compare, shown = migrated(decide, two=TWO_PARTIES, chat=PARTY)
    assert files["chat"].outcome == "rewritten"
    two = files["two"]
    assert (two.outcome, two.after, codes(two)) == ("error", two.before, [code, code])
    assert two.problem is not None
    assert two.problem.message == two.parties[0].findings[0].message
    assert "\n" not in two.problem.message
    assert len(compare.asked) == 1
    assert not shown.refuses


def test_the_other_party_of_a_module_is_compared_with_what_becomes_of_the_first() -> None:
    def decide(plan: GenerationPlan) -> Verdict:
        return differing(plan) if plan.new == "two.py:lobby" and not is_wrapped(plan) else agreeing(plan)

    files, compare, _ = migrated(decide, two=TWO_PARTIES)
    assert [party.outcome for party in files["two"].parties] == ["rewritten", "wrapped"]
    assert compare.targets() == [["two.py:default", "two.py:lobby"]] * 2


# coverage


def test_a_module_of_which_too_little_was_reached_stays_as_it_is() -> None:
    def decide(plan: GenerationPlan) -> Verdict:
        return agreeing(plan, missed=[3, 4, 8])

    files, compare, shown = migrated(decide, required=71, chat=PARTY)
    assert (files["chat"].outcome, codes(files["chat"])) == ("untouched", ["PK402"])
    assert files["chat"].parties[0].findings[0].message == (
        "The traffic reached 70 % of the lines in the module's functions, less than the 71 % that are "
        "required; not: 3-4, 8."
    )
    assert files["chat"].problem is None
    assert shown.refuses
    assert len(compare.asked) == 1
    assert migrated(decide, required=70, chat=PARTY)[0]["chat"].outcome == "rewritten"


def test_the_parties_of_a_module_reach_its_lines_together() -> None:
    def decide(plan: GenerationPlan) -> Verdict:
        return agreeing(plan, missed=[1, 2, 3, 4] if plan.new == "two.py:lobby" else [4, 5, 6, 7])

    assert migrated(decide, required=90, two=TWO_PARTIES)[0]["two"].outcome == "rewritten"
    files, _, _ = migrated(decide, required=91, two=TWO_PARTIES)
    assert [party.outcome for party in files["two"].parties] == ["untouched", "untouched"]
    assert "not: 4." in files["two"].parties[0].findings[0].message


def test_a_wrapped_party_is_held_to_the_coverage_too() -> None:
    def decide(plan: GenerationPlan) -> Verdict:
        return differing(plan) if is_class(plan) else agreeing(plan, missed=[1])

    files, _, _ = migrated(decide, required=95, chat=PARTY)
    assert (files["chat"].outcome, codes(files["chat"])) == ("untouched", ["PK402"])


# files that belong together


def test_both_forms_have_the_texts_of_all_files_that_belong_together() -> None:
    files, compare, _ = migrated(agreeing, one=USES_TELL, tell=TELL)
    assert files["tell"].changes
    ((plan,),) = compare.asked
    assert "get_connections()" in text_of(plan, "tell.py")
    assert plan.old_sources[Path("tell.py").resolve()] == TELL.encode()


def test_what_no_party_calls_for_any_more_stays_as_it_was() -> None:
    def decide(plan: GenerationPlan) -> Verdict:
        return differing(plan) if is_class(plan) else agreeing(plan)

    files, compare, _ = migrated(decide, one=USES_TELL, tell=TELL)
    assert [files["one"].outcome, files["tell"].outcome] == ["wrapped", "untouched"]
    assert not text_of(compare.asked[-1][0], "tell.py")


def test_a_party_is_compared_anew_where_what_it_imports_becomes_something_else() -> None:
    def decide(plan: GenerationPlan) -> Verdict:
        return differing(plan) if plan.new.startswith("shares") and is_class(plan) else agreeing(plan)

    files, compare, _ = migrated(
        decide,
        shares=TELL + "\n\n" + PARTY,
        user=USES_TELL.replace("from tell", "from shares"),
        alone=PARTY,
    )
    assert files["shares"].outcome == "wrapped"
    assert files["user"].outcome == "residue"
    assert compare.targets() == [
        ["shares.py:default", "user.py:default", "alone.py:default"],
        ["shares.py:default", "user.py:default"],
    ]


def test_a_wrapped_partys_helper_moves_with_the_party_that_agrees() -> None:
    def decide(plan: GenerationPlan) -> Verdict:
        return differing(plan) if plan.new.startswith("one") and is_class(plan) else agreeing(plan)

    files, compare, _ = migrated(decide, one=USES_TELL, two=USES_TELL, tell=TELL)
    assert [files[name].outcome for name in ("one", "two", "tell")] == ["wrapped", "rewritten", "rewritten"]
    assert compare.targets()[-1] == ["one.py:default"]
    assert "get_connections()" in text_of(compare.asked[-1][0], "tell.py")


def test_what_shares_a_file_with_a_party_that_is_left_alone_stays_too() -> None:
    def decide(plan: GenerationPlan) -> Verdict:
        return VerifyError("no") if plan.new.startswith("one") else agreeing(plan)

    files, _, _ = migrated(decide, one=USES_TELL, two=USES_TELL, tell=TELL, alone=PARTY)
    outcomes = [files[name].outcome for name in ("one", "two", "tell", "alone")]
    assert outcomes == ["error", "untouched", "untouched", "rewritten"]
    (finding,) = files["two"].parties[0].findings
    assert (finding.code, finding.message) == (
        "PK404",
        "`default` shares `tell.py` with `one.py:default`, which is left alone, so neither is changed.",
    )


def test_an_ignored_party_is_compared_where_its_helper_changes() -> None:
    ignored = USES_TELL.replace("default =", "# pkcompat: ignore\ndefault =")

    def decide(plan: GenerationPlan) -> Verdict:
        return differing(plan) if plan.new.startswith("ignored") else agreeing(plan)

    files, compare, _ = migrated(decide, ignored=ignored, two=USES_TELL, tell=TELL)
    assert compare.targets()[0] == ["ignored.py:default", "two.py:default"]
    assert [files[name].outcome for name in ("ignored", "two", "tell")] == ["untouched"] * 3
    assert migrated(agreeing, ignored=ignored, two=USES_TELL, tell=TELL)[0]["tell"].outcome == "rewritten"


def test_a_package_that_changes_belongs_to_what_lies_in_it() -> None:
    folder = Path("pkg")
    folder.mkdir()
    (folder / "__init__.py").write_text(PARTY)
    (folder / "chat.py").write_text(PARTY)
    compare = Comparing(agreeing)
    paths = [folder / "__init__.py", folder / "chat.py"]
    migrate_verified(ProjectMigration(paths, ToolSettings()), VerificationTerms(), compare)
    ((_, chat),) = compare.asked
    assert set(chat.sources) == {path.resolve() for path in paths}


def test_what_is_refused_when_it_is_served_is_not_compared() -> None:
    broken = PARTY.replace("onConnect", "onConect")
    files, compare, _ = migrated(agreeing, chat=PARTY + broken.partition("\n\n\n")[2].replace("default", "b"))
    assert compare.targets() == [["chat.py:default"]]
    assert files["chat"].outcome == "rewritten"


def test_nothing_to_compare() -> None:
    files, compare, shown = migrated(agreeing, plain="x = 1\n")
    assert compare.asked == []
    assert shown.parties == {}
    assert files["plain"].outcome == "untouched"


def test_a_party_whose_reader_another_imports_stays_with_that_one() -> None:
    def decide(plan: GenerationPlan) -> Verdict:
        return VerifyError("no") if plan.new.startswith("importer") else agreeing(plan)

    reader = "from party import default\n\nprint(sorted(default))\n"
    files, _, _ = migrated(decide, party=PARTY, reader=reader, importer="import reader\n\n\n" + PARTY)
    assert [files[name].outcome for name in ("party", "reader", "importer")] == [
        "untouched",
        "untouched",
        "error",
    ]
    files, _, _ = migrated(agreeing, party=PARTY, reader=reader, importer="import reader\n\n\n" + PARTY)
    assert b"default_handlers" in files["reader"].after
