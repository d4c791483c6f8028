"""How much of a form a proposed template reads: python benchmarks/authoring.py DATA.

DATA is a folder of pictures with labels.json, as for ``docextract eval``. A template is proposed
from each of the first pictures alone, as ``docextract template new`` does, and from several of
them. Counted is the share of the labelled values that some proposed field reads as exactly that
value, of the type that the labels' template gives it. Values are not printed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from docextract.authoring import Written, new_template
from docextract.errors import DocextractError
from docextract.evaluation import Labels, is_right, load_labels
from docextract.fields import FieldType, is_print
from docextract.template import Field, load_template


def share_read(labels: Labels, files: Sequence[str], written: Written, *, verbose: bool) -> None:
    """Print how many labelled values of the samples the template reads."""
    kinds = kinds_of(labels)
    found = wanted = 0
    missed: list[str] = []
    for file, result in zip(files, written.results, strict=True):
        for name, label in labels.pages[file].items():
            if label is None or (name in kinds and not is_print(kinds[name])):
                continue
            wanted += 1
            hit = any(
                is_right(reading, label, kinds.get(name, field.kind))
                for reading in result.readings.values()
                for field in [written_fields(written)[reading.field]]
            )
            found += hit
            missed += [] if hit else [name]
    fields = len(written.results[0].readings)
    share = f"{found} of {wanted} values ({found / wanted:.0%})"
    print(f"{len(files)} sample(s): {share}, {fields} fields")
    if verbose and missed:
        print(f"  not read: {', '.join(missed)}")


def written_fields(written: Written) -> Mapping[str, Field]:
    return load_template(written.path).fields


def kinds_of(labels: Labels) -> dict[str, FieldType]:
    """The types that the labels' own template gives its fields; none without one."""
    if labels.template is None:
        return {}
    try:
        fields = load_template(labels.template).fields
    except DocextractError:
        return {}
    return {name: field.kind for name, field in fields.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--pages", type=int, default=3, help="how many pictures to begin with")
    parser.add_argument("--together", type=int, default=3, help="samples of the last template")
    parser.add_argument("--verbose", action="store_true", help="name the fields not read")
    args = parser.parse_args()
    labels = load_labels(args.data)
    files = list(labels.pages)
    groups = [[file] for file in files[: args.pages]]
    if args.together > 1:
        groups.append(files[: args.together])
    with tempfile.TemporaryDirectory() as folder:
        for group in groups:
            samples = [args.data / file for file in group]
            try:
                written = new_template("proposed", samples, Path(folder), force=True)
            except DocextractError as error:
                print(f"{len(group)} sample(s): no template: {error}")
                continue
            share_read(labels, group, written, verbose=args.verbose)


if __name__ == "__main__":
    main()
