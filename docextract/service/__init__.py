"""The REST service: OCR and extraction over HTTP. Needs the extra ``[serve]``."""

from docextract.service.settings import Settings

__all__ = ["Settings"]
