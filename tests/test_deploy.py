"""docs/deploy: what is there to be copied can be read, and names options that exist."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from pkcompat.command.app import app

DEPLOY = Path(__file__).parents[1] / "docs" / "deploy"


def known_options() -> set[str]:
    """The options of `pkcompat serve`."""
    serve = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]
    return {option for parameter in serve.params for option in parameter.opts}


def check(command: list[str], advertised: str) -> None:
    """A command that starts a node, which tells the others where it is."""
    assert Path(command[0]).name == "pkcompat"
    assert command[1] == "serve"
    given = [word for word in command[2:] if word.startswith("--")]
    assert set(given) <= known_options()
    assert command[command.index("--advertise") + 1] == advertised


@pytest.fixture
def services() -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"])


def test_the_nodes_of_compose_differ_in_their_address_alone(services: dict[str, Any]) -> None:
    nodes = {name: service for name, service in services.items() if name.startswith("node")}
    assert len(nodes) == 3
    for name, node in nodes.items():
        check(shlex.split(node["command"]), f"{name}:1999")
        assert set(node["environment"]) == {"PGPASSWORD", "PKCOMPAT_CLUSTER_SECRET"}
        assert node["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert len({node["command"].replace(name, "") for name, node in nodes.items()}) == 1
    assert services["balancer"]["depends_on"] == list(nodes)


def test_nginx_knows_the_nodes_and_passes_sockets_on(services: dict[str, Any]) -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    assert re.findall(r"server (node\d):1999", text) == [name for name in services if name.startswith("node")]
    assert "proxy_set_header Upgrade $http_upgrade;" in text
    assert text.count("{") == text.count("}")


def service_of(unit: str) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / unit)
    return parser["Service"]


def test_the_unit_starts_a_node() -> None:
    service = service_of("pkcompat@.service")
    command = shlex.split(service["ExecStart"])
    check(command, "${PKCOMPAT_ADDRESS}:%i")
    grace = float(command[command.index("--grace") + 1])
    assert float(service["TimeoutStopSec"]) > grace + 1


def test_the_unit_of_one_host_listens_to_its_machine_alone() -> None:
    service = service_of("pkcompat.service")
    command = shlex.split(service["ExecStart"])
    assert {word for word in command[2:] if word.startswith("--")} <= known_options()
    assert "--host" not in command
    assert command[command.index("--storage") + 1] == f"/var/lib/{service['StateDirectory']}"
    port = command[command.index("--port") + 1]
    for proxy in ("nginx-tls.conf", "Caddyfile"):
        assert f"127.0.0.1:{port}" in (DEPLOY / proxy).read_text()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("name", ["pkcompat@.service", "pkcompat.service"])
def test_systemd_reads_the_unit(name: str, tmp_path: Path) -> None:
    text = re.sub(r"/srv/\w+/.venv/bin/pkcompat", "/bin/true", (DEPLOY / name).read_text())
    unit = tmp_path / name.replace("@", "@1999")
    unit.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert unit.name not in done.stderr
