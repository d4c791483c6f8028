"""Template-driven document extraction: pictures of fixed-layout papers to typed records."""

__version__ = "0.1.0.dev0"
