"""Has the database itself write down each change of a room's row, apart from the code that is tested."""

from __future__ import annotations

import asyncpg
from tests.cluster.checker import Commit

_SQL = """
CREATE TABLE IF NOT EXISTS {schema}.history (
    n bigserial PRIMARY KEY, party text, room text, epoch bigint, seq bigint, node bigint
);
CREATE OR REPLACE FUNCTION {schema}.write_down() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {schema}.history (party, room, epoch, seq, node)
    VALUES (NEW.party, NEW.room, NEW.epoch, NEW.seq, NEW.node);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER write_down AFTER INSERT OR UPDATE ON {schema}.rooms
    FOR EACH ROW EXECUTE FUNCTION {schema}.write_down();
"""


async def write_down_changes(dsn: str, namespace: str) -> None:
    """Have them written down from now on."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_SQL.replace("{schema}", namespace))
    finally:
        await connection.close()


async def changes(dsn: str, namespace: str, party: str = "main") -> dict[str, list[Commit]]:
    """What was written down, by room. A row is locked while it changes, so that its changes are in order."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            f"SELECT room, epoch, seq, node FROM {namespace}.history WHERE party = $1 ORDER BY n", party
        )
    finally:
        await connection.close()
    found: dict[str, list[Commit]] = {}
    for room, epoch, sequence, node in rows:
        found.setdefault(room, []).append(Commit(epoch, sequence, node))
    return found
