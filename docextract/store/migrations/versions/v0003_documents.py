"""Several documents on a page: each is a row of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Count the documents of a page; pages that were read before were not split."""
    with op.batch_alter_table("job_pages") as pages:
        pages.add_column(sa.Column("document", sa.Integer))


def downgrade() -> None:
    """Forget which document of its page each row is."""
    with op.batch_alter_table("job_pages") as pages:
        pages.drop_column("document")
