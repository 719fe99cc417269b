"""Events: what happened, once each (stands in for the migration of history)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the table of events."""
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


def downgrade() -> None:
    """Take the table of events away."""
    op.drop_table("events")
