"""Where each folded character stands in an alphabet, perhaps several times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from docextract.decoding._alphabets import AlphabetKey, fold_alphabet


@lru_cache(maxsize=8)
def forms_of(key: AlphabetKey) -> Mapping[str, tuple[int, ...]]:
    """The alphabet indices of each folded character."""
    forms: dict[str, list[int]] = defaultdict(list)
    for v, char in enumerate(fold_alphabet(key)):
        if char:
            forms[char].append(v)
    return {char: tuple(found) for char, found in forms.items()}
