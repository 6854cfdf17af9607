"""What is released says of itself what is true: version, licence, Pythons, changes, commands."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version
from tests.distribution import PROJECT, SOURCES, VERSION, unexpected
from tests.mirror import PACKAGES, ROOT

METADATA: dict[str, Any] = PROJECT["project"]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
BY_HAND = {"setup", "demo"}
"""Targets that CI does not name: the one comes with all others, the other by a test and by `make dist`."""


def test_the_version_stands_in_one_place() -> None:
    assert version("pkcompat") == VERSION, "install again: make setup"
    copies = [
        path.relative_to(ROOT).as_posix()
        for folder in {PACKAGES[name] for name in PACKAGES}
        for path in folder.rglob("*.py")
        if re.search(r"__version__|pkcompat[ /]" + re.escape(VERSION), path.read_text(encoding="utf-8"))
    ]
    assert copies == []


def test_the_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)", text, re.MULTILINE)
    assert re.fullmatch(rf"\[{re.escape(VERSION)}\] - (Unreleased|\d{{4}}-\d\d-\d\d)", headings[0])
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.*)", text, re.MULTILINE)) <= kinds


def test_the_licence_is_the_one_that_is_named() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert (METADATA["license"], METADATA["license-files"]) == ("MIT", ["LICENSE"])
    assert text.startswith("MIT License\n\nCopyright (c) 2026 The pkcompat authors\n")
    assert [each for each in METADATA["classifiers"] if each.startswith("License")] == [], "PEP 639"


def test_the_pythons_are_those_from_the_floor_on_without_a_gap() -> None:
    listed = re.findall(r"Python :: (3\.\d+)", "\n".join(METADATA["classifiers"]))
    floor = SpecifierSet(METADATA["requires-python"])
    minors = [Version(each).minor for each in listed]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert all(floor.contains(each) for each in listed)
    assert not floor.contains(f"3.{minors[0] - 1}")


def test_the_other_classifiers_are_true() -> None:
    others = {each for each in METADATA["classifiers"] if "Python ::" not in each}
    assert others == {
        "Development Status :: 3 - Alpha",
        "Environment :: Console",
        "Framework :: AsyncIO",
        "Intended Audience :: Developers",
        "Operating System :: POSIX :: Linux",
        "Typing :: Typed",
    }
    assert [source for source in SOURCES if not (ROOT / source / "py.typed").exists()] == [], "Typed"
    assert METADATA["scripts"].keys() == {"pkcompat"}, "Console"
    assert VERSION.startswith("0."), "Alpha"


def test_no_address_is_made_up() -> None:
    assert "urls" not in METADATA, "once the project has a public home, name it here as well"


def test_the_commands_for_contributors_are_those_that_ci_runs() -> None:
    commands = re.findall(r"^ {4}(\S.*)", CONTRIBUTING, re.MULTILINE)
    targets = {line.split()[1] for line in commands if line.startswith("make ")}
    called = set(re.findall(r"\bmake ([a-z-]+)", CI))
    with_others = {
        needed
        for target in called
        for needed in _prerequisites(target)  # `make test` begins with lint and types
    }
    assert targets - called - with_others - BY_HAND == set()
    assert called - targets == set(), "CI runs more"
    assert all(re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target in targets)
    (test,) = (line.split() for line in commands if not line.startswith("make "))
    assert test[:3] == [".venv/bin/python", "-m", "pytest"]
    assert (ROOT / test[3]).exists()


def test_what_contributors_are_sent_to_is_there() -> None:
    links = re.findall(r"\]\(((?!http)[^)#]+)", CONTRIBUTING + (ROOT / "CHANGELOG.md").read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_a_distribution_has_what_git_knows_and_no_more() -> None:
    sources = [f"{source}/__init__.py" for source in SOURCES]
    tracked = [*sources, "Makefile", "compat/pkcompat/page/watch.css"]
    top, information = f"pkcompat-{VERSION}/", f"pkcompat-{VERSION}.dist-info/"
    sdist = [top + path for path in (*tracked, "PKG-INFO")]
    assert unexpected("sdist", sdist, tracked) == []
    assert unexpected("sdist", [*sdist[1:], top + ".env"], tracked) == [f"- {sources[0]}", "+ .env"]

    wheel = [source.partition("/")[2] for source in sources]
    wheel += [information + name for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")]
    wheel += [information + "licenses/LICENSE"]
    assert unexpected("wheel", wheel, tracked) == ["- pkcompat/page/watch.css"]
    wheel += ["pkcompat/page/watch.css", "tests/conftest.py"]
    assert unexpected("wheel", wheel, tracked) == ["+ tests/conftest.py"]


def _prerequisites(target: str) -> list[str]:
    rule = re.search(rf"^{target}:([^#\n]*)", MAKEFILE, re.MULTILINE)
    assert rule is not None, f"make {target} is no target"
    return rule[1].split()
