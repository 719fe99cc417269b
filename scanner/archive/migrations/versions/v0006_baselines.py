"""Runs that later ones are held against, by name."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the table of baselines."""
    op.create_table(
        "baselines",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("run_seq", sa.Integer(), nullable=False),
        sa.Column("kept_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["run_seq"], ["runs.seq"], name="fk_baselines_run_seq_runs"),
        sa.PrimaryKeyConstraint("name", name="pk_baselines"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("baselines")
