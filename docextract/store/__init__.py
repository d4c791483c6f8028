"""What outlives a process: jobs in a database, files by their content. Needs ``[serve]``."""

from docextract.store.database import open_database
from docextract.store.errors import StoreError, UnknownJob
from docextract.store.files import FileStore
from docextract.store.jobs import ClaimedPage, FinishedPage, Jobs, JobSummary, NewFile
from docextract.store.retention import Purged, purge

__all__ = [
    "ClaimedPage",
    "FileStore",
    "FinishedPage",
    "JobSummary",
    "Jobs",
    "NewFile",
    "Purged",
    "StoreError",
    "UnknownJob",
    "open_database",
    "purge",
]
