"""Watching: sites, vantages, samples with their roll-ups, outages."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables of watching."""
    op.create_table(
        "watch_sites",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("units", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_watch_sites"),
        sa.UniqueConstraint("url", name="uq_watch_sites_url"),
    )
    op.create_table(
        "watch_vantages",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("hour_mark", sa.BigInteger()),
        sa.Column("day_mark", sa.BigInteger()),
        sa.Column("pruned_s", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_watch_vantages"),
        sa.UniqueConstraint("name", name="uq_watch_vantages_name"),
    )
    op.create_table(
        "watch_paces",
        sa.Column("vantage", sa.Integer(), nullable=False),
        sa.Column("since_s", sa.BigInteger(), nullable=False),
        sa.Column("interval_s", sa.Float(), nullable=False),
        _to_vantage("watch_paces"),
        sa.PrimaryKeyConstraint("vantage", "since_s", name="pk_watch_paces"),
    )
    op.create_table(
        "watch_firsts",
        sa.Column("vantage", sa.Integer(), nullable=False),
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("since_s", sa.BigInteger(), nullable=False),
        sa.Column("answered_s", sa.BigInteger()),
        _to_vantage("watch_firsts"),
        _to_site("watch_firsts"),
        sa.PrimaryKeyConstraint("vantage", "site", name="pk_watch_firsts"),
    )
    op.create_table(
        "watch_samples",
        sa.Column("vantage", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_s", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("site", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("bucket", sa.SmallInteger()),
        sa.Column("cause", sa.String(32)),
        sa.PrimaryKeyConstraint("vantage", "at_s", "site", name="pk_watch_samples"),
        sqlite_with_rowid=False,
    )
    for name, by in (("watch_hours", "hour"), ("watch_days", "day")):
        op.create_table(
            name,
            sa.Column("vantage", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column(by, sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("site", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("up", sa.Integer(), nullable=False),
            sa.Column("slow", sa.Integer(), nullable=False),
            sa.Column("down", sa.Integer(), nullable=False),
            sa.Column("silent", sa.Integer(), nullable=False),
            sa.Column("unknown", sa.Integer(), nullable=False),
            sa.Column("paused", sa.Integer(), nullable=False),
            sa.Column("latencies", sa.LargeBinary(), nullable=False),
            sa.PrimaryKeyConstraint("vantage", by, "site", name=f"pk_{name}"),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "watch_outages",
        sa.Column("vantage", sa.Integer(), nullable=False),
        sa.Column("site", sa.Integer(), nullable=False),
        sa.Column("started_s", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_s", sa.BigInteger()),
        sa.Column("last_down_s", sa.BigInteger(), nullable=False),
        sa.Column("unseen_s", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("told", sa.SmallInteger(), nullable=False),
        _to_vantage("watch_outages"),
        _to_site("watch_outages"),
        sa.PrimaryKeyConstraint("vantage", "site", "started_s", name="pk_watch_outages"),
    )
    op.create_table(
        "watch_holds",
        sa.Column("vantage", sa.Integer(), nullable=False),
        sa.Column("started_s", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_s", sa.BigInteger()),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("told", sa.SmallInteger(), nullable=False),
        _to_vantage("watch_holds"),
        sa.PrimaryKeyConstraint("vantage", "started_s", name="pk_watch_holds"),
    )


def downgrade() -> None:
    """Take the tables of watching away."""
    for name in (
        "watch_holds", "watch_outages", "watch_days", "watch_hours", "watch_samples",
        "watch_firsts", "watch_paces", "watch_vantages", "watch_sites",
    ):  # fmt: skip
        op.drop_table(name)


def _to_vantage(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["vantage"], ["watch_vantages.id"], name=f"fk_{table}_vantage_watch_vantages"
    )


def _to_site(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["site"], ["watch_sites.id"], name=f"fk_{table}_site_watch_sites"
    )
