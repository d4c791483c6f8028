"""What a proposal is and how it did, for people; it shows no value that was read."""

from __future__ import annotations

from collections.abc import Sequence

from docextract.feedback.corrected import Corrected
from docextract.feedback.summary import summarize
from docextract.feedback.trials import SIGNIFICANT, Trial


def markdown(fields: Sequence[Corrected], trials: Sequence[Trial], lines: int) -> str:
    """The report as Markdown."""
    documents = {one.document for one in fields}
    held_out = {one.document for one in fields if one.held_out}
    return "\n".join(
        [
            "# What corrections propose",
            "",
            f"{len(fields)} fields of {len(documents)} documents were looked at by people. "
            f"{len(held_out)} documents are held out: nothing was made of them, and all figures "
            "below are of them.",
            "",
            *_tried(trials),
            "",
            "## Lines to train on",
            "",
            f"`lines/` has {lines} labelled pictures of documents that are not held out. "
            "Fine-tune on some hundreds with `docextract train RECIPE --from MODEL --data lines`.",
            "",
            "## What people looked at",
            "",
            "| template | field | looked at | documents | wrong | drawn at random | wrong |",
            "|---|---|---|---|---|---|---|",
            *(
                f"| {s.template} | {s.field} | {s.looked_at} | {s.documents} | {s.wrong} "
                f"| {s.drawn} | {s.drawn_wrong} |"
                for s in summarize(fields)
            ),
            "",
        ]
    )


def _tried(trials: Sequence[Trial]) -> list[str]:
    if not trials:
        return ["There is nothing to propose yet: too few corrections of print."]
    return [
        "| template | what | n | documents | before | after | better | worse | p | verdict |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {t.template} | {t.kind}: {t.about} | {t.n} | {t.documents} | {t.before:.4f} "
            f"| {t.after:.4f} | {t.better} | {t.worse} | {t.p:.4g} | {t.why} |"
            for t in trials
        ),
        "",
        "Calibrations: mean log loss in nats (less is better), a paired bootstrap by documents. "
        "Lexicons: share of fields read right, the exact McNemar test. "
        f"Promoted is what is better with p below {SIGNIFICANT:g}.",
    ]
