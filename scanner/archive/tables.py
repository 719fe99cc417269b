"""The tables, in SQLAlchemy Core; the migrations build exactly these (a test compares)."""

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

# Alembic needs names for constraints that SQLite cannot alter in place.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    # zstd-compressed JSON; the hash is of the JSON before compression.
    Column("data", LargeBinary, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    # Runs are ordered by this number, not by a wall clock that somebody may have repaired.
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("ended_at", String(32)),
    Column("judged_at", String(32)),
    Column("version", String(32), nullable=False),
    Column("vantage", String(200), nullable=False),
    Column("inventory_sha256", String(64), ForeignKey("blobs.sha256"), nullable=False),
    # The exact plan (families, resolver, stores, criteria): a run is resumed only under the same one.
    Column("plan_sha256", String(64), ForeignKey("blobs.sha256"), nullable=False),
    Column("sites_planned", Integer, nullable=False),
    Column("held", Text, nullable=False, server_default=""),
)

looks = Table(
    "looks",
    metadata,
    # One row per site and run: a site that did not change costs this row and nothing else.
    Column("run_seq", Integer, ForeignKey("runs.seq"), primary_key=True),
    Column("site", String(2048), primary_key=True),
    Column("evidence_sha256", String(64), ForeignKey("blobs.sha256"), nullable=False),
    Column("findings_sha256", String(64), ForeignKey("blobs.sha256")),
    Column("captured_at", String(32), nullable=False),
    Column("duration_ms", Float, nullable=False),
    # Times and other values that differ at every look, as JSON.
    Column("volatile", Text, nullable=False),
)
Index("ix_looks_site", looks.c.site)

# The gate: runs that later ones are held against, by name.

baselines = Table(
    "baselines",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("run_seq", Integer, ForeignKey("runs.seq"), nullable=False),
    Column("kept_at", String(32), nullable=False),
)

REVISION = "0006"
"""The newest migration, which leads to exactly the tables above."""

# Alembic's own table, as Alembic makes it; kept apart, because no migration touches it.
revisions = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
