"""Fields to review, what people did about them, and what is expected to be wrong on each page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables; pages that were read before have nothing to review."""
    with op.batch_alter_table("job_pages") as pages:
        pages.add_column(sa.Column("read_by", sa.String(200), nullable=False, server_default=""))
        pages.add_column(sa.Column("fields", sa.Integer, nullable=False, server_default="0"))
        pages.add_column(sa.Column("expected_errors", sa.Float, nullable=False, server_default="0"))
    op.create_table(
        "review_items",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "page", sa.Integer, sa.ForeignKey("job_pages.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("template", sa.String(200), nullable=False),
        sa.Column("field", sa.String(200), nullable=False),
        sa.Column("type", sa.String(200), nullable=False),
        sa.Column("reading", sa.Text, nullable=False),
        sa.Column("current", sa.Text, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("error", sa.Float, nullable=False),
        sa.Column("gain", sa.Float, nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("lease_until", sa.Float, nullable=False),
        sa.Column("answer", sa.Integer),
    )
    op.create_index("ix_review_items_page", "review_items", ["page"])
    op.create_index("review_items_open", "review_items", ["state", "gain"])
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "item", sa.Integer, sa.ForeignKey("review_items.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("undoes", sa.Integer),
    )
    op.create_index("ix_corrections_item", "corrections", ["item"])
    op.create_index("ix_corrections_undoes", "corrections", ["undoes"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("corrections")
    op.drop_table("review_items")
    with op.batch_alter_table("job_pages") as pages:
        pages.drop_column("expected_errors")
        pages.drop_column("fields")
        pages.drop_column("read_by")
