"""History: settlements, standings, events."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables of the history."""
    op.create_table(
        "settlements",
        sa.Column("run_seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("progress_sha256", sa.String(64)),
        sa.Column("held_units", sa.Text(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(["run_seq"], ["runs.seq"], name="fk_settlements_run_seq_runs"),
        sa.ForeignKeyConstraint(
            ["progress_sha256"], ["blobs.sha256"], name="fk_settlements_progress_sha256_blobs"
        ),
        sa.PrimaryKeyConstraint("run_seq", name="pk_settlements"),
    )
    op.create_table(
        "standings",
        sa.Column("site", sa.String(2048), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("site", name="pk_standings"),
    )
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("run", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(500), nullable=False),
        sa.Column("site", sa.String(2048), nullable=False),
        sa.Column("check", sa.String(80), nullable=False),
        sa.Column("resolves", sa.String(32), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sa.UniqueConstraint("key", name="uq_events_key"),
    )
    op.create_index("ix_events_resolves", "events", ["resolves"])
    op.create_index("ix_events_unit", "events", ["unit"])


def downgrade() -> None:
    """Take the tables of the history away."""
    for name in ("events", "standings", "settlements"):
        op.drop_table(name)
