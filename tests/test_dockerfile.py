"""The Dockerfile, as far as can be seen without Docker; `make dist` runs its steps."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from tests.distribution import free_port, placed, until_healthy
from tests.dockerfile import DOCKERFILE, Instruction, read_dockerfile, the_one
from tests.mirror import ROOT
from tests.pkcompat.command.serve_command import start_lines, stopped

from pkcompat.command.app import app

STAGES = read_dockerfile(DOCKERFILE.read_text(encoding="utf-8"))
SERVED = STAGES[-1]


def test_continued_lines_flags_and_comments_are_read() -> None:
    ((first, second),) = read_dockerfile(
        '# a\nFROM x AS y\nHEALTHCHECK --timeout=5s \\\n  # b\n  CMD ["a"]\n'
    )
    assert first == Instruction("FROM", (), "x AS y")
    assert (second.flags, second.words()) == (("--timeout=5s",), ["a"])
    with pytest.raises(ValueError, match="no instruction of a Dockerfile: 'from x'"):
        read_dockerfile("from x")


def test_the_image_is_small_and_of_a_python_that_ci_ran_on() -> None:
    images = {the_one(stage, "FROM").value.partition(" ")[0] for stage in STAGES}
    (version,) = {re.fullmatch(r"python:(3\.\d+)-slim", image)[1] for image in images}  # type: ignore[index]
    assert f'"Programming Language :: Python :: {version}"' in (ROOT / "pyproject.toml").read_text()
    assert [each.value for each in SERVED if each.name in ("COPY", "ADD")] == [], "the source stays outside"
    assert all("--no-cache-dir" in each.value for each in SERVED if "pip install" in each.value)


def test_it_does_not_run_as_root_and_owns_only_what_it_writes() -> None:
    names = [each.name for each in SERVED]
    user = the_one(SERVED, "USER").value
    assert user not in ("root", "0")
    assert "RUN" not in names[names.index("USER") :]
    assert f"--owner={user} /app {the_one(SERVED, 'VOLUME').value}" in " ".join(each.value for each in SERVED)


def test_its_options_and_ports_are_those_of_the_command() -> None:
    words = the_one(SERVED, "CMD").words()
    serve = typer.main.get_command(app).commands[words[1]]  # type: ignore[attr-defined]
    assert {word for word in words if word.startswith("--")} <= {
        option for parameter in serve.params for option in parameter.opts
    }
    options = dict(zip(words[2::2], words[3::2], strict=True))
    assert options["--port"] == the_one(SERVED, "EXPOSE").value
    assert options["--storage"] == the_one(SERVED, "VOLUME").value
    assert f"127.0.0.1:{options['--admin']}/" in the_one(SERVED, "HEALTHCHECK").words()[-1]


def test_what_git_ignores_is_not_sent_to_docker() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert sent == [".git", *(f"**/{pattern.removesuffix('/')}" for pattern in ignored)]


def test_its_health_check_tells_whether_its_command_serves(tmp_path: Path) -> None:
    (tmp_path / "chat.py").write_text((ROOT / "examples/demo/chat.py").read_text())
    port = free_port()
    check, command = (placed(the_one(SERVED, name), tmp_path, port) for name in ("HEALTHCHECK", "CMD"))
    assert subprocess.run([sys.executable, *check[1:]], capture_output=True).returncode == 1
    line = [sys.executable, "-m", *command, "chat.py"]
    with subprocess.Popen(
        line, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            start_lines(process)
            until_healthy([sys.executable, *check[1:]])
            stopped(process)
        finally:
            process.kill()
    assert [path.name for path in tmp_path.glob("*.sqlite3")] != []
