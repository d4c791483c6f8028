"""What outlives a process: jobs in a database, files by their content. Needs ``[serve]``."""

from docextract.store.database import open_database
from docextract.store.errors import (
    NotClaimed,
    NothingToUndo,
    StoreError,
    UnknownItem,
    UnknownJob,
)
from docextract.store.files import FileStore
from docextract.store.folder import FolderStore
from docextract.store.jobs import (
    ClaimedPage,
    FinishedPage,
    Jobs,
    JobSummary,
    NewFile,
    ReadDocument,
    ReadPage,
)
from docextract.store.places import open_files
from docextract.store.retention import Purged, purge
from docextract.store.reviews import (
    Answer,
    Event,
    FieldState,
    Item,
    NewItem,
    PageReview,
    PageState,
    ReviewCounts,
    Reviews,
)

__all__ = [
    "Answer",
    "ClaimedPage",
    "Event",
    "FieldState",
    "FileStore",
    "FinishedPage",
    "FolderStore",
    "Item",
    "JobSummary",
    "Jobs",
    "NewFile",
    "NewItem",
    "NotClaimed",
    "NothingToUndo",
    "PageReview",
    "PageState",
    "Purged",
    "ReadDocument",
    "ReadPage",
    "ReviewCounts",
    "Reviews",
    "StoreError",
    "UnknownItem",
    "UnknownJob",
    "open_database",
    "open_files",
    "purge",
]
