"""The tables of a cluster: how they are made, and the version that says who may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partyserver.exceptions import ClusterError

if TYPE_CHECKING:
    from partyserver.postgres.lane import Wire

# What a version adds to the one before it; the schema's name stands for {schema}. A step that has been
# released never changes. `node` has no index: a node that is gone leaves its rooms as they are. The tables
# whose rows change often leave room on their pages, so that a change touches no index.
STEPS = (
    """
    CREATE TABLE {schema}.nodes (
        incarnation bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        address text NOT NULL,
        until timestamptz NOT NULL
    ) WITH (fillfactor = 50);
    CREATE TABLE {schema}.rooms (
        party text COLLATE "C" NOT NULL,
        room text COLLATE "C" NOT NULL,
        whole_room bytea,
        node bigint,
        epoch bigint NOT NULL,
        seq bigint NOT NULL,
        last_active timestamptz NOT NULL,
        PRIMARY KEY (party, room)
    ) WITH (fillfactor = 50);
    CREATE TABLE {schema}.entries (
        party text COLLATE "C" NOT NULL,
        room text COLLATE "C" NOT NULL,
        key bytea NOT NULL,
        value bytea NOT NULL,
        PRIMARY KEY (party, room, key)
    ) WITH (fillfactor = 80);
    CREATE TABLE {schema}.alarms (
        party text COLLATE "C" NOT NULL,
        room text COLLATE "C" NOT NULL,
        due bigint NOT NULL,
        next_try bigint,
        retries integer NOT NULL,
        ringing boolean NOT NULL,
        PRIMARY KEY (party, room)
    ) WITH (fillfactor = 80);
    CREATE INDEX alarms_next_try ON {schema}.alarms (next_try) WHERE next_try IS NOT NULL;
    CREATE TABLE {schema}.secret (
        is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
        value text NOT NULL
    );
    CREATE TABLE {schema}.crons (
        name text COLLATE "C" NOT NULL,
        moment bigint NOT NULL,
        call uuid NOT NULL,
        PRIMARY KEY (name, moment)
    );
    """,
)
VERSION = len(STEPS)
_LOCK = 0x706B636F6D706174  # "pkcompat"


class Schema:
    """The schema of a cluster.

    Args:
        namespace: its name, checked by `PostgresCluster`.
    """

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace

    def sql(self, statement: str) -> str:
        """A statement in which `{schema}` is this schema."""
        return statement.replace("{schema}", '"' + self.namespace.replace('"', '""') + '"')

    async def prepare(self, wire: Wire) -> None:
        """Make the tables, or bring them up to this version; one node at a time does.

        Raises:
            ClusterError: a right is missing, or the tables are of a version that this one cannot use.
        """
        async with wire.transaction():
            if await self._version(wire) == VERSION:
                return
        async with wire.transaction():
            await wire.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            version = await self._version(wire)
            if version < VERSION:
                await self._migrate(wire, version)

    async def _version(self, wire: Wire) -> int:
        """The version of the tables; 0 where there are none."""
        there = await wire.fetchval(
            "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'layout')",
            self.namespace,
        )
        if not there:
            return 0
        if not await wire.fetchval(
            self.sql(
                "SELECT has_schema_privilege($1, 'USAGE') AND bool_and(has_table_privilege(c.oid, "
                "'SELECT') AND (c.relname = 'layout' OR has_table_privilege(c.oid, 'INSERT') AND "
                "has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))) "
                "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = $1 AND c.relkind = 'r'"
            ),
            self.namespace,
        ):
            role = await wire.fetchval("SELECT quote_ident(current_user)")
            raise ClusterError(
                f"the role {role} may not use the tables of the cluster {self.namespace!r}; as their owner: "
                + self.sql(
                    f"GRANT USAGE ON SCHEMA {{schema}} TO {role}; "
                    f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {{schema}} TO {role};"
                )
            )
        version = await wire.fetchval(self.sql("SELECT max(version) FROM {schema}.layout"))
        if not isinstance(version, int) or version > VERSION:
            raise ClusterError(
                f"the tables of the cluster {self.namespace!r} have layout {version}, and this version of "
                f"pkcompat knows {VERSION}: a newer one made them; install that one here, too"
            )
        return version

    async def _migrate(self, wire: Wire, version: int) -> None:
        if version:
            await self._check_alone(wire)
        else:
            await self._make_schema(wire)
        for step in STEPS[version:]:
            await wire.execute(self.sql(step))
        await wire.execute(self.sql("DELETE FROM {schema}.layout"))
        await wire.execute(self.sql("INSERT INTO {schema}.layout (version) VALUES ($1)"), VERSION)

    async def _check_alone(self, wire: Wire) -> None:
        """No older node runs, which would misread the tables."""
        living = await wire.fetch(
            self.sql("SELECT address FROM {schema}.nodes WHERE until > clock_timestamp()")
        )
        if living:
            raise ClusterError(
                f"nodes of an older version of pkcompat run in the cluster {self.namespace!r}: "
                f"{', '.join(row['address'] for row in living)}; stop them all, then start this one again"
            )

    async def _make_schema(self, wire: Wire) -> None:
        row = await wire.fetchrow(
            "SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS database, "
            "has_database_privilege(current_database(), 'CREATE') AS may_make, "
            "EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS there, "
            "coalesce((SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = $1), "
            "false) AS may_fill",
            self.namespace,
        )
        assert row is not None
        if not row["may_fill" if row["there"] else "may_make"]:
            grant = (
                f"GRANT USAGE, CREATE ON SCHEMA {{schema}} TO {row['role']};"
                if row["there"]
                else f"CREATE SCHEMA {{schema}} AUTHORIZATION {row['role']};"
            )
            raise ClusterError(
                f"the role {row['role']} may not make the tables of the cluster {self.namespace!r}; as the "
                f"owner of the database {row['database']}: {self.sql(grant)}"
            )
        if not row["there"]:
            await wire.execute(self.sql("CREATE SCHEMA {schema}"))
        await wire.execute(self.sql("CREATE TABLE {schema}.layout (version integer NOT NULL)"))
