"""Alerts: messages that wait, what each channel knows, and how far its messages are planned."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables of alerts."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("thread", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("tells", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
        sa.Column("leased_until", sa.String(32), server_default="", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unsure", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reached", sa.Text(), server_default="[]", nullable=False),
        sa.Column("error", sa.String(500), server_default="", nullable=False),
        sa.Column("ended_at", sa.String(32), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_channel_state", "outbox", ["channel", "state"])
    op.create_table(
        "told",
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("event_key", sa.String(32), nullable=False),
        sa.Column("alert", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("message", sa.String(32), nullable=False),
        sa.Column("told_at", sa.String(32), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "event_key", name="pk_told"),
    )
    op.create_index("ix_told_channel_ended", "told", ["channel", "ended"])
    op.create_table(
        "heard",
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_heard"),
    )


def downgrade() -> None:
    """Take the tables of alerts away."""
    for name in ("heard", "told", "outbox"):
        op.drop_table(name)
