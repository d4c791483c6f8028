"""Many files through one template: in this process, or spread over worker processes."""

from docextract.batch.local import run_local

__all__ = ["run_local"]
