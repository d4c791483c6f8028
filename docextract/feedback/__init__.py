"""What people corrected, made into lexicons, calibrations and lines to train on; tried, then used.

Needs ``[serve]``: corrections are in the service's database.
"""

from docextract.feedback.corrected import Corrected, corrected
from docextract.feedback.forgetting import Forgotten, forget_all_but
from docextract.feedback.promoted import with_promoted
from docextract.feedback.proposing import Proposal, Proposals
from docextract.feedback.report import markdown
from docextract.feedback.summary import FieldSummary, summarize
from docextract.feedback.trials import Trial
from docextract.feedback.versions import Versions

__all__ = [
    "Corrected",
    "FieldSummary",
    "Forgotten",
    "Proposal",
    "Proposals",
    "Trial",
    "Versions",
    "corrected",
    "forget_all_but",
    "markdown",
    "summarize",
    "with_promoted",
]
