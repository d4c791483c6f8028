"""Jobs and their pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("template", sa.String(200)),
        sa.Column("created", sa.Float, nullable=False),
    )
    op.create_index("ix_jobs_created", "jobs", ["created"])
    op.create_table(
        "job_pages",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "job", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("file", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("worker", sa.String(32), nullable=False),
        sa.Column("lease_until", sa.Float, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("result", sa.Text, nullable=False),
    )
    op.create_index("ix_job_pages_job", "job_pages", ["job"])
    op.create_index("ix_job_pages_sha256", "job_pages", ["sha256"])
    op.create_index("job_pages_open", "job_pages", ["state", "lease_until", "id"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("job_pages")
    op.drop_table("jobs")
