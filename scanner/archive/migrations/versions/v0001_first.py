"""The first schema: blobs, runs, looks."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the first tables."""
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_blobs"),
    )
    op.create_table(
        "runs",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
        sa.Column("judged_at", sa.String(32)),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("vantage", sa.String(200), nullable=False),
        sa.Column("inventory_sha256", sa.String(64), nullable=False),
        sa.Column("plan_sha256", sa.String(64), nullable=False),
        sa.Column("sites_planned", sa.Integer(), nullable=False),
        sa.Column("held", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["inventory_sha256"], ["blobs.sha256"], name="fk_runs_inventory_sha256_blobs"
        ),
        sa.ForeignKeyConstraint(
            ["plan_sha256"], ["blobs.sha256"], name="fk_runs_plan_sha256_blobs"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_runs"),
        sa.UniqueConstraint("id", name="uq_runs_id"),
    )
    op.create_table(
        "looks",
        sa.Column("run_seq", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(2048), nullable=False),
        sa.Column("evidence_sha256", sa.String(64), nullable=False),
        sa.Column("findings_sha256", sa.String(64)),
        sa.Column("captured_at", sa.String(32), nullable=False),
        sa.Column("duration_ms", sa.Float(), nullable=False),
        sa.Column("volatile", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_seq"], ["runs.seq"], name="fk_looks_run_seq_runs"),
        sa.ForeignKeyConstraint(
            ["evidence_sha256"], ["blobs.sha256"], name="fk_looks_evidence_sha256_blobs"
        ),
        sa.ForeignKeyConstraint(
            ["findings_sha256"], ["blobs.sha256"], name="fk_looks_findings_sha256_blobs"
        ),
        sa.PrimaryKeyConstraint("run_seq", "site", name="pk_looks"),
    )
    op.create_index("ix_looks_site", "looks", ["site"])


def downgrade() -> None:
    """Take the first tables away."""
    for name in ("looks", "runs", "blobs"):
        op.drop_table(name)
