"""What type checkers say of the fixtures in the object form, and of what the codemod makes of them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pkcodemods import migrate_bytes

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
FORMS = ("before", "after")
TYPED = "typed"
"""The folder of modules that have no type errors in the object form."""
_MYPY_LINE = re.compile(r"(?P<path>[^:]+):(?P<line>\d+): error: (?P<message>.*?)  \[(?P<rule>[\w-]+)\]")
# A function without annotations is an error where it stands, and another where it is called: the method that
# calls it has both.
_FAMILIES = {"no-untyped-call": "no-untyped-def"}


@dataclass(frozen=True, slots=True, order=True)
class TypeFault:
    """An error that a type checker found.

    Attributes:
        form: `before` or `after`.
        unit: the module or project that was migrated as one, such as `golden/presence`.
        rule: what the checker calls the kind of error.
        place: the file and line.
        message: what is wrong.
    """

    form: str
    unit: str
    rule: str
    place: str
    message: str


def lay_out(folder: Path) -> None:
    """Write both forms of all fixtures into the packages `before` and `after` of a folder."""
    for form, applications in zip(FORMS, ("object_form", "class_form"), strict=True):
        base = folder / form
        shutil.copytree(FIXTURES / applications, base / "fixtures")
        shutil.copytree(FIXTURES / "applications" / applications, base / "applications")
        (base / "golden").mkdir()
        for path in FIXTURES.glob(f"golden/*/{form}.py"):
            shutil.copy(path, base / "golden" / f"{path.parent.name}.py")
        for project in (FIXTURES / "golden_projects").iterdir():
            _copy_project(project / form, base / "projects" / project.name, form)
        (base / TYPED).mkdir()
        for path in (FIXTURES / TYPED).glob("*.py"):
            source = path.read_bytes()
            migrated = source if form == "before" else migrate_bytes(source, path=path.name).data
            (base / TYPED / path.name).write_bytes(migrated)
        for inner in (base, *base.rglob("*/")):
            (inner / "__init__.py").touch()


def _copy_project(source: Path, target: Path, form: str) -> None:
    """Copy a project, and have its absolute imports name it where it lies now."""
    shutil.copytree(source, target)
    own = "|".join(path.stem for path in source.iterdir())
    package = f"{form}.projects.{target.name}"
    for path in target.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(rf"^( *)from ({own})\b", rf"\1from {package}.\2", text, flags=re.MULTILINE)
        text = re.sub(rf"^( *)import ({own})\b", rf"\1from {package} import \2", text, flags=re.MULTILINE)
        path.write_text(text, encoding="utf-8")


def mypy_faults(folder: Path) -> list[TypeFault]:
    """What `mypy --strict` finds in a folder that was laid out."""
    sources = [str(ROOT / name) for name in ("runtime", "compat", "codemods")]
    config = folder / "mypy.ini"
    path = ":".join([str(folder), *sources])
    config.write_text(
        f"[mypy]\nstrict = true\nexplicit_package_bases = true\nmypy_path = {path}\n", encoding="utf-8"
    )
    cache = folder / "cache"
    if (ROOT / ".mypy_cache").exists():  # it has what is imported, where `make types` has just run
        shutil.copytree(ROOT / ".mypy_cache", cache)
    options = ["--config-file", str(config), "--cache-dir", str(cache)]
    command = [sys.executable, "-m", "mypy", *options, *FORMS]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = (_MYPY_LINE.match(line) for line in done.stdout.splitlines())
    return [_fault(m["path"], m["line"], m["rule"], m["message"]) for m in found if m is not None]


def pyright_faults(folder: Path, pyright: Path) -> list[TypeFault]:
    """What pyright finds in a folder that was laid out."""
    settings = {
        "include": [*FORMS],
        "extraPaths": [str(folder), *(str(ROOT / name) for name in ("runtime", "compat", "codemods"))],
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [str(pyright), "--outputjson", "--pythonpath", sys.executable, "--project", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return [
        _fault(
            str(Path(found["file"]).relative_to(folder.resolve())),
            str(found["range"]["start"]["line"] + 1),
            found.get("rule", "syntax"),
            found["message"],
        )
        for found in json.loads(done.stdout)["generalDiagnostics"]
        if found["severity"] == "error"
    ]


def _fault(path: str, line: str, rule: str, message: str) -> TypeFault:
    form, *parts = Path(path).with_suffix("").parts
    return TypeFault(form, "/".join(parts[:2]), rule, f"{path}:{line}", message)


def new_faults(faults: Collection[TypeFault]) -> Iterator[TypeFault]:
    """The errors of what the codemod wrote of which the source had none of their kind."""
    known = {
        (fault.unit, _FAMILIES.get(fault.rule, fault.rule)) for fault in faults if fault.form == "before"
    }
    for fault in sorted(faults):
        if fault.form == "after" and (fault.unit, _FAMILIES.get(fault.rule, fault.rule)) not in known:
            yield fault
