"""A cluster in PostgreSQL as its users name it: bad settings are refused, secrets are not shown."""

from __future__ import annotations

import subprocess
import sys

import pytest

from partyserver import ClusterError, ClusterSettings, PostgresCluster

DSN = "postgresql://app:hunter2@db:5432/rooms"


def test_secrets_are_not_shown() -> None:
    cluster = PostgresCluster(DSN, advertise="10.0.0.5:1999", secret="s3cret")
    assert isinstance(cluster, ClusterSettings)
    assert (
        repr(cluster)
        == str(cluster)
        == (
            "PostgresCluster('postgresql://app@db:5432/rooms', namespace='pkcompat', "
            "advertise='10.0.0.5:1999', lease=3.0)"
        )
    )


def test_the_secret_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PKCOMPAT_CLUSTER_SECRET", "s3cret")
    assert PostgresCluster(DSN, advertise="[fd00::5]:1999").secret == "s3cret"
    monkeypatch.delenv("PKCOMPAT_CLUSTER_SECRET")
    assert PostgresCluster(DSN, advertise="a:1").secret == ""


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"advertise": "a"}, "'a' is no address .* write HOST:PORT"),
        ({"advertise": "a:0"}, "is no address"),
        ({"advertise": "http://a:1"}, "is no address"),
        ({"advertise": "a:65536"}, "is no address"),
        ({"lease": 0}, "a lease lasts a number of seconds above 0"),
        ({"lease": float("nan")}, "a lease lasts"),
        ({"namespace": "Chat"}, "'Chat' is no namespace; use up to 63 lower-case letters"),
        ({"namespace": 'a"; DROP TABLE x; --'}, "is no namespace"),
        ({"namespace": ""}, "is no namespace"),
        ({"namespace": "a" * 64}, "is no namespace"),
        ({"namespace": "pg_chat"}, "is no namespace"),
        (
            {"dsn": "mysql://app@db"},
            "named as postgresql://USER@HOST/DATABASE; the given text starts with 'mysql'",
        ),
        ({"dsn": "host=db password=hunter2"}, "named as postgresql://"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(ClusterError, match=message) as raised:
        PostgresCluster(**{"dsn": DSN, "advertise": "a:1", "secret": "s3cret"} | settings)  # type: ignore[arg-type]
    assert "hunter2" not in str(raised.value)


def test_without_asyncpg_the_package_is_imported_and_an_error_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['asyncpg'] = None\n"
        "from partyserver import ClusterError, PostgresCluster\n"
        "cluster = PostgresCluster('postgresql://db/rooms', advertise='a:1', secret='s')\n"
        "try: cluster.engine()\n"
        "except ClusterError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'pkcompat[cluster]'" in done.stdout
