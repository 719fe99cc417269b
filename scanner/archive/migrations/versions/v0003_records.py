"""Excuses and documents entered by a command, and the life of excuses from run to run."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables of records."""
    op.create_table(
        "records",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("unit", sa.String(500), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("added_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_records"),
    )
    op.create_table(
        "bindings",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("site", sa.String(2048), nullable=False),
        sa.Column("run_seq", sa.Integer(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("why", sa.String(16)),
        sa.Column("at", sa.String(32)),
        sa.ForeignKeyConstraint(["run_seq"], ["runs.seq"], name="fk_bindings_run_seq_runs"),
        sa.PrimaryKeyConstraint("name", "site", "run_seq", name="pk_bindings"),
    )


def downgrade() -> None:
    """Take them away."""
    for name in ("bindings", "records"):
        op.drop_table(name)
