"""The table of findings: code, title, outcome, message and help."""

from __future__ import annotations

from dataclasses import dataclass

from pkcodemods.result import Outcome


@dataclass(frozen=True, slots=True)
class FindingCode:
    """A kind of finding.

    Attributes:
        code: the stable code.
        title: two or three words.
        outcome: what it makes of a party: `wrapped`, `residue`, `rewritten` for a mere note, `untouched`
            for an object that the platform refuses (as a class it would refuse to be imported) or that is
            held back, or `error`.
        message: one sentence with placeholders.
        help: what to do by hand, with placeholders.
    """

    code: str
    title: str
    outcome: Outcome
    message: str
    help: str


_WRAPPED, _RESIDUE, _NOTE = Outcome.WRAPPED, Outcome.RESIDUE, Outcome.REWRITTEN
_REFUSED = Outcome.UNTOUCHED
_AGAIN = ", then remove `legacy_to_class(...)` from the export and migrate the file again."
"""How to go on with a wrapped party, which a second run leaves as it is."""

FINDING_CODES: dict[str, FindingCode] = {
    entry.code: entry
    for entry in (
        FindingCode(
            "PK101",
            "dynamic handler object",
            _WRAPPED,
            "`{name}` is built at run time, so its handlers cannot be read from the source.",
            f"Write it as one dict of handlers{_AGAIN}",
        ),
        FindingCode(
            "PK102",
            "dynamic handler",
            _WRAPPED,
            "The handler `{handler}` is {what}, whose parameters cannot be read from the source.",
            f"Point `{{handler}}` to a function of this module{_AGAIN}",
        ),
        FindingCode(
            "PK103",
            "export read as an object",
            _WRAPPED,
            "`{name}` is read as an object {where}, so the object is kept under the name `{kept}`.",
            f"Call the handler functions themselves{_AGAIN}",
        ),
        FindingCode(
            "PK104",
            "handler with other parameters",
            _REFUSED,
            "The handler `{handler}` cannot be called with the arguments it is offered: {what}.",
            "Give it at most the parameters {offered}.",
        ),
        FindingCode(
            "PK105",
            "handler that may be missing",
            _WRAPPED,
            "Whether `{handler}` has a function is only known at run time.",
            f"Define it unconditionally, or leave it out{_AGAIN}",
        ),
        FindingCode(
            "PK106",
            "no handler",
            _REFUSED,
            "`{key}` is not a handler{nearest}.",
            "Correct the name, or remove it from the object.",
        ),
        FindingCode(
            "PK107",
            "two spellings of a handler",
            _REFUSED,
            "`{key}` and an earlier key name the same handler.",
            "Keep one of them.",
        ),
        FindingCode(
            "PK108",
            "helper of unclear kinds",
            _WRAPPED,
            "`.{attribute}` is an old name of a {kind}, but the value may also be something else.",
            f"Annotate the value, or write the new name where it is a {{kind}}{_AGAIN}",
        ),
        FindingCode(
            "PK109",
            "handler class with a life of its own",
            _WRAPPED,
            "The class `{name}` cannot become the party: {what}.",
            "Make it a class that extends PartyServer, with one instance per room.",
        ),
        FindingCode(
            "PK110",
            "name bound more than once",
            _WRAPPED,
            "`{name}` is bound in more than one place.",
            f"Build the party in one statement{_AGAIN}",
        ),
        FindingCode(
            "PK111",
            "container handed out",
            _WRAPPED,
            "What holds a {kind} goes to `{callee}`, whose code was not given and may use the old names.",
            f"Migrate that code too, or pass it only what it needs of each {{kind}}{_AGAIN}",
        ),
        FindingCode(
            "PK112",
            "old word without equivalent",
            _WRAPPED,
            "An old name of a {word} is used in a way that has no equivalent in the class form.",
            f"Rewrite this place by hand{_AGAIN}",
        ),
        FindingCode(
            "PK113",
            "other name in the object",
            _WRAPPED,
            "The object also holds `{key}`, which cannot become a class attribute as it is.",
            f"Move it to a module variable{_AGAIN}",
        ),
        FindingCode(
            "PK114",
            "handler that is not a function",
            _REFUSED,
            "The handler `{handler}` is {what}, which cannot be called.",
            "Point it to a function, or remove it.",
        ),
        FindingCode(
            "PK115",
            "handler from an unchanged file",
            _WRAPPED,
            "The handler `{handler}` comes from an object in `{source}`, and is not a function that can be "
            "called here by its own name.",
            f"Point `{{handler}}` to a function{_AGAIN}",
        ),
        FindingCode(
            "PK116",
            "handler shared by parties",
            _WRAPPED,
            "The handler `{handler}` is the result of an expression that several parties share.",
            f"Bind the result to a name of its own{_AGAIN}",
        ),
        FindingCode(
            "PK117",
            "possible party",
            _REFUSED,
            "{name} has handlers, but nothing shows that it is a PartyKit party.",
            "If it is one, {sign}, and migrate the file again.",
        ),
        FindingCode(
            "PK118",
            "tags of an object",
            _REFUSED,
            "`{key}` belongs to the class form: an object that has it is refused.",
            "Remove it, migrate the file, and define get_connection_tags(self, connection, ctx) there.",
        ),
        FindingCode(
            "PK119",
            "class of an object compared",
            _WRAPPED,
            "The exact class of an object, a {kind}, is compared here; it differs in the class form.",
            f"Use `isinstance(...)`{_AGAIN}",
        ),
        FindingCode(
            "PK201",
            "passed to other code",
            _RESIDUE,
            "The {kind} is passed to `{callee}`, whose code was not given, as a view with the old names.",
            "Once `{callee}` uses the new names, pass it the {kind} itself.",
        ),
        FindingCode(
            "PK202",
            "old mapping in use",
            _RESIDUE,
            "This use of `connections` has no direct equivalent, so it keeps the old mapping.",
            "Use get_connection() and get_connections().",
        ),
        FindingCode(
            "PK203",
            "old options in use",
            _RESIDUE,
            "The options of `{word}` are only known at run time, so a view with the old names reads them.",
            "Pass them as keyword arguments.",
        ),
        FindingCode(
            "PK204",
            "names looked up at run time",
            _RESIDUE,
            "`{callee}` may look names up at run time, so `{handler}` gets views with the old names.",
            "Write the names out, and migrate the original file again.",
        ),
        FindingCode(
            "PK205",
            "stored in another object",
            _RESIDUE,
            "The {kind} is stored in an object of other code, as a view with the old names.",
            "Once that code uses the new names, store the {kind} itself.",
        ),
        FindingCode(
            "PK206",
            "old word without equivalent",
            _RESIDUE,
            "`{word}` has no direct equivalent here, so it is called on a view with the old names.",
            "Rewrite this place by hand.",
        ),
        FindingCode(
            "PK207",
            "type of the object in use",
            _RESIDUE,
            "`PartyKitServer` is used as a value here, so it is still imported from `partykit`.",
            "Write a class that extends PartyServer instead, and remove the import.",
        ),
        FindingCode(
            "PK208",
            "value of unclear kind",
            _RESIDUE,
            "`.{attribute}` is an old name of a {kind}, but the value may be something else, so a view with "
            "the old names reads it.",
            "Write the new name where it is a {kind}, or annotate the value, and migrate the original again.",
        ),
        FindingCode(
            "PK209",
            "old module still imported",
            _RESIDUE,
            "`{name}` is still imported: it is used in a way that has no equivalent in the class form.",
            "Remove that use, then the import.",
        ),
        FindingCode(
            "PK301",
            "connections that share an id",
            _NOTE,
            "This party hibernates: `connections` counted two sockets with one id once, get_connections() "
            "counts both.",
            "No action is needed unless clients share an id on purpose.",
        ),
        FindingCode(
            "PK302",
            "code read at run time",
            _NOTE,
            "`{word}` describes a party's code, and its result changes now that it is a class.",
            "No action is needed unless the result is compared or sent.",
        ),
        FindingCode(
            "PK401",
            "forms that differ",
            _WRAPPED,
            "As a class, {name} behaved differently than as an object: {what}.",
            f"Rewrite by hand what causes the difference{_AGAIN}",
        ),
        FindingCode(
            "PK402",
            "lines not reached",
            _REFUSED,
            "{what}",
            "Compare under more traffic (`--budget`, `--seed`), or require less; "
            "`pkcompat verify --traffic` compares under traffic of your own.",
        ),
        FindingCode(
            "PK403",
            "forms not compared",
            Outcome.ERROR,
            "The forms of {name} could not be compared: {what}.",
            "Make it run here as it does under `pkcompat serve`, or migrate without `--verify`.",
        ),
        FindingCode(
            "PK404",
            "held back with others",
            _REFUSED,
            "{name} shares {what}, so neither is changed.",
            "Resolve that one first.",
        ),
        FindingCode(
            "PK405",
            "wrapped form that differs",
            _REFUSED,
            "Even wrapped, {name} behaved differently than before: {what}.",
            "Rewrite by hand what causes the difference, and migrate the file again.",
        ),
        FindingCode(
            "PK406",
            "form that differs from itself",
            Outcome.ERROR,
            "{name} does not agree with itself when the same traffic is played again: {what}.",
            "Name what varies between runs with `--ignore`, or migrate without `--verify`.",
        ),
        FindingCode(
            "PK407",
            "file that was not named",
            _REFUSED,
            "{name} would have to change along with {what}, so it stays as it is.",
            "Run `{command}`.",
        ),
        FindingCode(
            "PK408",
            "no party found",
            _REFUSED,
            "This module mentions PartyKit, but holds no known party, and none elsewhere needs it changed.",
            "If it holds one, annotate it (`chat: PartyKitServer = ...`), and migrate the file again.",
        ),
        FindingCode(
            "PK409",
            "class that fails tests",
            _WRAPPED,
            "As a class, {name} fails the tests: {what}",
            f"Rewrite by hand what makes the tests fail{_AGAIN}",
        ),
        FindingCode(
            "PK410",
            "wrapped form that fails tests",
            _REFUSED,
            "Even wrapped, {name} fails the tests: {what}",
            "Make the tests use only what both forms have, and migrate the file again.",
        ),
        FindingCode(
            "PK901",
            "not Python",
            Outcome.ERROR,
            "{reason}",
            "Correct the file; it was left unchanged.",
        ),
        FindingCode(
            "PK902",
            "bug of the codemod",
            Outcome.ERROR,
            "The codemod failed on this code, which is a bug in the codemod: {reason}",
            "Please report it with this file, which was left unchanged.",
        ),
        FindingCode(
            "PK903",
            "names that would be missing",
            Outcome.ERROR,
            "The rewritten module would lack {names}, which it needs: a bug in the codemod.",
            "Please report it with this file, which was left unchanged like all that changes with it.",
        ),
    )
}
