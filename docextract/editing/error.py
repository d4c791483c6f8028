"""What is raised where a change cannot be made."""

from docextract.errors import UsageError


class EditError(UsageError):
    """A change that cannot be made by itself: the place, why, and the cure."""
