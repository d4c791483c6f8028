"""``python -m docextract`` is the command line."""

from docextract.cli.main import app

if __name__ == "__main__":
    app(prog_name="docextract")
