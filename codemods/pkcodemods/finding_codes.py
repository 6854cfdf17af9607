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
_AGAIN = ", then take `legacy_to_class(...)` off the export and migrate the file again."
"""How to go on with a wrapped party, which a second run leaves as it is."""

FINDING_CODES: dict[str, FindingCode] = {
    entry.code: entry
    for entry in (
        FindingCode(
            "PK101",
            "dynamic handler object",
            _WRAPPED,
            "`{name}` is built while the module runs, so its handlers cannot be read off the source.",
            f"Write it as one dict of handlers{_AGAIN}",
        ),
        FindingCode(
            "PK102",
            "dynamic handler",
            _WRAPPED,
            "The handler `{handler}` is {what}, whose parameters cannot be read off the source.",
            f"Point `{{handler}}` to a function of this module{_AGAIN}",
        ),
        FindingCode(
            "PK103",
            "export read as an object",
            _WRAPPED,
            "`{name}` is read as an object {where}, so the object stays, under the name `{kept}`.",
            f"Call the handler functions themselves{_AGAIN}",
        ),
        FindingCode(
            "PK104",
            "handler with other parameters",
            _REFUSED,
            "The handler `{handler}` cannot be called with what it is offered: {what}.",
            "Give it at most the parameters {offered}.",
        ),
        FindingCode(
            "PK105",
            "handler that may be missing",
            _WRAPPED,
            "Whether `{handler}` has a function is only known when the module runs.",
            f"Define it in any case, or leave it out in any case{_AGAIN}",
        ),
        FindingCode(
            "PK106",
            "no handler",
            _REFUSED,
            "`{key}` is no handler{nearest}.",
            "Correct the name, or take it out of the object.",
        ),
        FindingCode(
            "PK107",
            "two spellings of a handler",
            _REFUSED,
            "`{key}` and an earlier key are the same handler.",
            "Keep one of them.",
        ),
        FindingCode(
            "PK108",
            "helper of unclear kinds",
            _WRAPPED,
            "`.{attribute}` is an old name of a {kind}, but what it is read from may be something else too.",
            f"Annotate the value, or write the new name where it is a {{kind}}{_AGAIN}",
        ),
        FindingCode(
            "PK109",
            "handler class with a life of its own",
            _WRAPPED,
            "The class `{name}` cannot become the party: {what}.",
            "Make it a class that extends PartyServer, one instance a room.",
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
            f"Give that code to the migration too, or hand over what it needs of each {{kind}}{_AGAIN}",
        ),
        FindingCode(
            "PK112",
            "old word without equivalent",
            _WRAPPED,
            "Old names of a {word} are used in a way that has no equivalent in the class form.",
            f"Rewrite this place by hand{_AGAIN}",
        ),
        FindingCode(
            "PK113",
            "other name in the object",
            _WRAPPED,
            "The object also holds `{key}`, which cannot become an attribute of the class as it is.",
            f"Keep it in a variable of the module{_AGAIN}",
        ),
        FindingCode(
            "PK114",
            "handler that is no function",
            _REFUSED,
            "The handler `{handler}` is {what}, which cannot be called.",
            "Point it to a function, or take it out.",
        ),
        FindingCode(
            "PK115",
            "handler of a file that stays",
            _WRAPPED,
            "The handler `{handler}` comes from an object of `{source}`, and is no function that can be "
            "called here under its own name.",
            f"Point `{{handler}}` to a function{_AGAIN}",
        ),
        FindingCode(
            "PK116",
            "handler shared by parties",
            _WRAPPED,
            "The handler `{handler}` is made by an expression, once for several parties.",
            f"Give what it makes a name of its own{_AGAIN}",
        ),
        FindingCode(
            "PK117",
            "perhaps a party",
            _REFUSED,
            "`{name}` has handlers, but nothing tells that it is a party of PartyKit.",
            "If it is one, annotate it (`{name}: PartyKitServer = ...`), and migrate the file again.",
        ),
        FindingCode(
            "PK118",
            "tags of an object",
            _REFUSED,
            "`{key}` belongs to the class form: an object has no connection tags, and is refused with it.",
            "Take it out, migrate the file, and write get_connection_tags(self, connection, ctx) there.",
        ),
        FindingCode(
            "PK119",
            "class of an object compared",
            _WRAPPED,
            "This asks for the very class of an object, a {kind}, which is another one in the class form.",
            f"Ask `isinstance(...)`{_AGAIN}",
        ),
        FindingCode(
            "PK201",
            "handed to other code",
            _RESIDUE,
            "The {kind} goes to `{callee}`, whose code was not given, so it is the view with the old names.",
            "Once `{callee}` uses the new names, hand it the {kind} itself.",
        ),
        FindingCode(
            "PK202",
            "old mapping in use",
            _RESIDUE,
            "This use of `connections` has no plain equivalent, so it keeps the mapping with the old name.",
            "Use get_connection() and get_connections().",
        ),
        FindingCode(
            "PK203",
            "old options in use",
            _RESIDUE,
            "The options of `{word}` are only known when it runs, so the view with the old names reads them.",
            "Pass them as keyword arguments.",
        ),
        FindingCode(
            "PK204",
            "names looked up when it runs",
            _RESIDUE,
            "`{callee}` may reach names that only show when it runs, so `{handler}` gets the views with the "
            "old names.",
            "Write the names out, and migrate the old file again.",
        ),
        FindingCode(
            "PK205",
            "stored in other code's object",
            _RESIDUE,
            "The {kind} is kept in an object of other code, so it is the view with the old names.",
            "Once that code uses the new names, keep the {kind} itself.",
        ),
        FindingCode(
            "PK206",
            "old word without equivalent",
            _RESIDUE,
            "`{word}` has no plain equivalent here, so it is called on the view with the old names.",
            "Rewrite this place by hand.",
        ),
        FindingCode(
            "PK207",
            "type of the object in use",
            _RESIDUE,
            "`PartyKitServer` is used as a value here, so it is still imported from `partykit`.",
            "Write a class that extends PartyServer instead, and drop the import.",
        ),
        FindingCode(
            "PK208",
            "value of unclear kind",
            _RESIDUE,
            "`.{attribute}` is an old name of a {kind}, which this may be or not, so the view with the old "
            "names reads it.",
            "Write the new name where it is a {kind}, or annotate the value and migrate the old file again.",
        ),
        FindingCode(
            "PK209",
            "old module still imported",
            _RESIDUE,
            "`{name}` is still imported: something is done with it that has no equivalent in the class form.",
            "Take away what uses it, and the import with that.",
        ),
        FindingCode(
            "PK301",
            "connections of one id",
            _NOTE,
            "This party hibernates: `connections` counted two sockets of one id once, get_connections() "
            "counts both.",
            "Nothing, unless clients share an id on purpose.",
        ),
        FindingCode(
            "PK302",
            "code that is shown",
            _NOTE,
            "`{word}` tells of a party's code, and says something else now that it is a class.",
            "Nothing, unless what it says is compared or sent.",
        ),
        FindingCode(
            "PK401",
            "forms that differ",
            _WRAPPED,
            "As a class {name} behaved otherwise than as an object: {what}.",
            f"Rewrite by hand what the difference comes from{_AGAIN}",
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
            "Make it run here as it does under `pkcompat serve`, or migrate it without `--verify`.",
        ),
        FindingCode(
            "PK404",
            "held back with others",
            _REFUSED,
            "{name} shares {what}, so both stay as they are.",
            "Settle that one first.",
        ),
        FindingCode(
            "PK405",
            "wrapped form that differs",
            _REFUSED,
            "Even wrapped {name} behaved otherwise than before: {what}.",
            "Rewrite by hand what the difference comes from, and migrate the file again.",
        ),
        FindingCode(
            "PK406",
            "form that differs from itself",
            Outcome.ERROR,
            "{name} does not agree with itself when the same traffic is played again: {what}.",
            "Name what differs from run to run with `--ignore`, or migrate it without `--verify`.",
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
            "This module names PartyKit, but no party was found in it, and none elsewhere needs it changed.",
            "If it holds one, annotate it (`chat: PartyKitServer = ...`), and migrate the file again.",
        ),
        FindingCode(
            "PK409",
            "class that fails tests",
            _WRAPPED,
            "As a class {name} fails the tests: {what}",
            f"Rewrite by hand what the tests fail over{_AGAIN}",
        ),
        FindingCode(
            "PK410",
            "wrapped form that fails tests",
            _REFUSED,
            "Even wrapped {name} fails the tests: {what}",
            "Let the tests use what both forms have, and migrate the file again.",
        ),
        FindingCode(
            "PK901",
            "not Python",
            Outcome.ERROR,
            "{reason}",
            "Correct the file; it was left as it is.",
        ),
        FindingCode(
            "PK902",
            "bug of the codemod",
            Outcome.ERROR,
            "The codemod failed over this code, which is a bug of its own: {reason}",
            "Please report it with this file, which was left as it is.",
        ),
        FindingCode(
            "PK903",
            "names that would be lacking",
            Outcome.ERROR,
            "What would be written here needs {names}, which it would not have: a bug of the codemod.",
            "Please report it with this file, which was left as it is with all that changes along with it.",
        ),
    )
}
