"""Typefaces to draw lines in, from Debian's font packages; what is not installed is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from docextract.errors import DocextractError, MissingExtra
from docextract.synth._fonts import FONT_FOLDERS

# Package -> files (globs) and how often its faces are drawn, relative to the others.
_PACKAGES: dict[str, tuple[float, tuple[str, ...]]] = {
    "fonts-liberation": (4, ("Liberation*.ttf",)),
    "fonts-dejavu-core": (2, ("DejaVu*.ttf",)),
    "fonts-croscore": (1, ("Arimo-*.ttf", "Cousine-*.ttf")),
    "fonts-urw-base35": (3, ("Nimbus*.otf", "URWGothic*.otf", "C059-*.otf", "P052-*.otf")),
    "fonts-freefont-ttf": (2, ("FreeMono*.ttf", "FreeSans*.ttf")),
    "fonts-roboto-unhinted": (3, ("Roboto*-Regular.ttf", "Roboto*-Bold.ttf", "Roboto*-Light.ttf")),
    "fonts-open-sans": (2, ("OpenSans-*.ttf",)),
    "fonts-lato": (1, ("Lato-Regular.ttf", "Lato-Bold.ttf", "Lato-Light.ttf")),
    "fonts-cabin": (1, ("Cabin-Regular.otf", "Cabin-Bold.otf")),
    "fonts-clear-sans": (1, ("ClearSans-Regular.ttf", "ClearSans-Bold.ttf", "ClearSans-Light.ttf")),
    "fonts-crosextra-carlito": (1, ("Carlito-*.ttf",)),
    "fonts-crosextra-caladea": (0.5, ("Caladea-Regular.ttf", "Caladea-Bold.ttf")),
    "fonts-opendin": (1, ("OSP-DIN.ttf",)),
    "fonts-courier-prime": (2, ("Courier Prime*.otf",)),
    "fonts-inconsolata": (2, ("Inconsolata.otf",)),
    "fonts-hack": (1, ("Hack-*.ttf",)),
    "fonts-firacode": (1, ("FiraCode-*.ttf",)),
    "fonts-jetbrains-mono": (1, ("JetBrainsMono-Regular.ttf", "JetBrainsMono-Light.ttf")),
    "fonts-noto-mono": (1, ("NotoMono-Regular.ttf", "NotoSansMono-*.ttf")),
    "fonts-mononoki": (0.5, ("mononoki-Regular.ttf", "mononoki-Bold.ttf")),
    "fonts-monoid": (0.5, ("Monoid-Regular.ttf",)),
    "fonts-hermit": (0.5, ("Hermit-*.otf",)),
    "fonts-agave": (1, ("agave-*.ttf",)),
    "fonts-tlwg-mono-ttf": (1, ("TlwgMono.ttf", "TlwgMono-Bold.ttf")),
    "fonts-gnutypewriter": (1.5, ("GNUTypewriter.ttf",)),
    "fonts-3270": (2, ("3270*.ttf",)),
    "fonts-spleen": (3, ("spleen-*.otf",)),
    "fonts-proggy": (1, ("ProggyTiny.ttf",)),
    "fonts-dotgothic16": (2, ("DotGothic16-Regular.ttf",)),
    "fonts-ocr-a": (2, ("OCRA.ttf", "OCRABold.ttf", "OCRACondensed.ttf")),
    "fonts-ocr-b": (2, ("OCRB.otf",)),  # OCRBF is outlines without ink inside
    "fonts-arphic-ukai": (2, ("ukai.ttc",)),
    "fonts-arphic-uming": (2, ("uming.ttc",)),
    "fonts-arphic-gbsn00lp": (1, ("gbsn00lp.ttf",)),
    "fonts-arphic-gkai00mp": (1, ("gkai00mp.ttf",)),
    "fonts-wqy-microhei": (2, ("wqy-microhei.ttc",)),
    "fonts-wqy-zenhei": (3, ("wqy-zenhei.ttc",)),
    "fonts-lxgw-wenkai": (1, ("LXGWWenKai-Regular.ttf", "LXGWWenKaiMono-Regular.ttf")),
    "fonts-unifont": (4, ("unifont.otf",)),  # the bitmaps of 16 dots that cheap printers have
    "fonts-noto-cjk": (2, ("NotoSansCJK-*.ttc", "NotoSerifCJK-Regular.ttc")),
}
_TWO_FACES = 0.2  # the share of lines whose figures have a face of their own
_PROBE = "08AZ"  # a face without these is of no use


class LineFontError(DocextractError):
    """No typeface that could spell a text; the message says what to install."""

    exit_code = 6

    def __init__(self, text_kind: str) -> None:
        super().__init__(
            f"drawing lines needs typefaces for {text_kind}. Install some with: apt-get install "
            "fonts-liberation fonts-dejavu-core fonts-wqy-zenhei fonts-arphic-uming"
        )


@dataclass(frozen=True)
class LineFace:
    """One typeface of a font file: its place in the file and the characters it has."""

    path: Path
    index: int
    weight: float
    characters: frozenset[str]

    def spells(self, text: str) -> bool:
        """True when the face has every character of ``text``."""
        return self.characters.issuperset(text)


class FaceBook:
    """The typefaces at hand. ``packages`` limits them to some Debian packages; None: all known."""

    def __init__(self, packages: tuple[str, ...] | None = None) -> None:
        self.faces = tuple(_faces(packages))
        if not self.faces:
            raise LineFontError("Latin letters")
        self._weights = [face.weight for face in self.faces]

    def choose(self, text: str, rng: Random) -> tuple[LineFace, ...]:
        """Random faces for the characters of ``text``: one for all, or two as papers often mix.

        Raises LineFontError when no face has one of the characters.
        """
        chosen = [self._first(text, rng)] * len(text)
        if rng.random() < _TWO_FACES or not chosen[0].spells(text):
            figures = "".join(char for char in text if char.isascii())
            chosen = [self._first(figures, rng) if figures else chosen[0]] * len(text)
        other = chosen[0]
        for i, char in enumerate(text):
            if not chosen[i].spells(char):
                other = other if other.spells(char) else self._able(char, rng)
                chosen[i] = other
        return tuple(chosen)

    def _first(self, text: str, rng: Random) -> LineFace:
        """A face that spells ``text``, or any when that is hard to find."""
        tried = rng.choices(self.faces, self._weights, k=12)
        return next((face for face in tried if face.spells(text)), tried[0])

    def _able(self, char: str, rng: Random) -> LineFace:
        able = [face for face in self.faces if char in face.characters]
        if not able:
            raise LineFontError("Latin letters" if char.isascii() else f"characters like {char}")
        return rng.choices(able, [face.weight for face in able])[0]


@cache
def _files() -> tuple[Path, ...]:
    found = (p for folder in FONT_FOLDERS for p in folder.rglob("*.[ot]t[fc]"))
    return tuple(sorted(found, key=lambda path: path.name))


def _faces(packages: tuple[str, ...] | None) -> Iterator[LineFace]:
    """The faces of all installed files, each file once; a package's files share its weight."""
    for package, (weight, globs) in _PACKAGES.items():
        if packages is not None and package not in packages:
            continue
        named = {p.name: p for p in _files() if any(p.match(glob) for glob in globs)}
        for path in named.values():
            characters = _characters(path, 0)
            if characters.issuperset(_PROBE):
                yield LineFace(path, 0, weight / len(named), characters)


@cache
def _characters(path: Path, index: int) -> frozenset[str]:
    """The characters that a font file has glyphs for."""
    try:
        from fontTools.ttLib import TTFont, TTLibError
    except ModuleNotFoundError:
        raise MissingExtra("drawing lines", "synth") from None
    try:
        with TTFont(path, fontNumber=index, lazy=True) as font:
            return frozenset(map(chr, font.getBestCmap() or {}))
    except (TTLibError, OSError):
        return frozenset()
