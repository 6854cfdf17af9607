"""The proxies of the guide to deployment: the real nginx and Caddy, with TLS, in front of a real host."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.mirror import ROOT
from tests.pkcompat.command.serve_command import served
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from pkcompat.serving import listen

DEPLOY = ROOT / "docs" / "deploy"
NAME = "party.example.com"
PARTY = """
import json

from partyserver import PartyServer, Response


class Chat(PartyServer):
    def on_connect(self, connection, ctx):
        connection.send("hello")

    def on_message(self, message, sender):
        sender.send(message)

    @staticmethod
    def on_cron(cron, lobby, ctx):
        raise AssertionError("nobody may ring it through a proxy")

    async def on_request(self, request):
        names = ("host", "x-forwarded-for", "x-forwarded-proto")
        seen = {name: request.headers.get(name) for name in names}
        return Response(json.dumps({**seen, "size": len(await request.body())}))
"""


def program(name: str) -> str:
    """Where it is; Debian puts servers where other people's `PATH` does not lead."""
    return shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin") or ""


def free_port() -> str:
    with listen() as free:
        return str(free.getsockname()[1])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    key, chain = folder / "privkey.pem", folder / "fullchain.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    files = ["-keyout", key, "-out", chain, "-addext", f"subjectAltName=DNS:{NAME}"]
    subprocess.run(["openssl", "req", *options, *files], check=True, capture_output=True)
    return chain, key


@contextmanager
def running(command: list[str | Path], port: str) -> Iterator[None]:
    """A proxy, once it listens."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            end = time.monotonic() + 30
            while True:
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", int(port))) == 0:
                        break
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < end
                time.sleep(0.02)
            yield
        finally:
            process.terminate()
            process.communicate(timeout=20)


@contextmanager
def nginx(folder: Path, upstream: str, certificate: tuple[Path, Path]) -> Iterator[str]:
    """nginx with docs/deploy/nginx-tls.conf: only ports and the certificate's place differ."""
    port, plain = free_port(), free_port()
    text = (DEPLOY / "nginx-tls.conf").read_text(encoding="utf-8")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{plain};")
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    text = text.replace("127.0.0.1:1999", f"127.0.0.1:{upstream}")
    text = re.sub(r"/etc/letsencrypt/\S+/fullchain.pem", str(certificate[0]), text)
    text = re.sub(r"/etc/letsencrypt/\S+/privkey.pem", str(certificate[1]), text)
    (folder / "site.conf").write_text(text)
    places = " ".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''} daemon off; pid {folder}/pid; error_log stderr;\n"
        "events {}\n"
        f"http {{ access_log off; {places} include {folder}/site.conf; }}\n"
    )
    with running([program("nginx"), "-p", folder, "-c", folder / "nginx.conf"], port):
        yield port


@contextmanager
def caddy(folder: Path, upstream: str, certificate: tuple[Path, Path]) -> Iterator[str]:
    """Caddy with docs/deploy/Caddyfile: only ports differ, and the certificate, which is no public one."""
    port = free_port()
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    text = text.replace(f"{NAME} {{", f"{NAME}:{port} {{\n\ttls {certificate[0]} {certificate[1]}")
    text = text.replace("127.0.0.1:1999", f"127.0.0.1:{upstream}")
    alone = "{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n}\n"
    (folder / "Caddyfile").write_text(alone + text)
    line = [program("caddy"), "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]
    with running(line, port):
        yield port


def opened(port: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(port)))


@pytest.mark.parametrize("proxy", [nginx, caddy], ids=lambda proxy: str(proxy.__name__))
def test_what_comes_through(proxy, tmp_path: Path, certificate: tuple[Path, Path]) -> None:  # type: ignore[no-untyped-def]
    if not program(proxy.__name__):
        pytest.skip(f"{proxy.__name__} is not installed")
    (tmp_path / "party.py").write_text(PARTY)
    project = {"main": "party.py", "crons": {"nightly": "0 3 * * *"}}
    (tmp_path / "partykit.json").write_text(json.dumps(project))
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    own = f"https://{NAME}"
    with (
        served(tmp_path, "--allow-origin", own) as (_, url, _),
        proxy(tmp_path, url.rpartition(":")[2], certificate) as port,
    ):
        transport = httpx.HTTPTransport(verify=trusted)
        headers, names = {"host": NAME}, {"sni_hostname": NAME}
        with httpx.Client(transport=transport, base_url=f"https://127.0.0.1:{port}") as client:
            body = b"x" * 3_000_000
            answer = client.post("/party/den", content=body, headers=headers, extensions=names)
            assert json.loads(answer.text) == {
                "host": NAME,
                "x-forwarded-for": "127.0.0.1",
                "x-forwarded-proto": "https",
                "size": len(body),
            }
            rung = client.get("/__scheduled__?cron=nightly", headers=headers, extensions=names)
            assert rung.status_code == 403
        address = f"wss://{NAME}/party/den"
        for origin in (Origin(own), None):
            with connect(address, sock=opened(port), ssl=trusted, origin=origin) as party:
                assert party.recv(timeout=10) == "hello"
                party.send("ä" * 100_000)
                assert party.recv(timeout=10) == "ä" * 100_000
        evil = Origin("https://evil.example")
        with pytest.raises(InvalidStatus) as refused:
            with connect(address, sock=opened(port), ssl=trusted, origin=evil):
                pass
        assert refused.value.response.status_code == 403
