"""Invent the texts that models/zh-business is estimated from: python scripts/make_corpus.py OUT

Needs the extra "corpus". Words are drawn from Faker's zh_CN providers (MIT), jieba's
dict.txt (MIT) and corpus_words.yaml; a tenth of all names, words and places, chosen by checksum,
is kept out of OUT and used only in the held-out texts (--held-out FILE, "kind<TAB>text").
Names of people are surnames and given names drawn apart.
"""

from __future__ import annotations

import argparse
import random
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

OWN: dict[str, list[str]] = {
    kind: words.split()
    for kind, words in yaml.safe_load(
        Path(__file__).with_name("corpus_words.yaml").read_text("utf-8")
    ).items()
}
Maker = Callable[["Words", random.Random], str]


def is_held_out(word: str) -> bool:
    """True for the tenth of all words that no line of the corpus is made of."""
    return zlib.crc32(word.encode()) % 10 == 0


@dataclass(frozen=True)
class Words:
    """The words of one side of the split."""

    brands: Sequence[str]
    regions: Sequence[str]
    districts: Sequence[str]
    streets: Sequence[str]
    nouns: Sequence[str]
    surnames: Sequence[str]
    surname_weights: Sequence[float]
    given: Sequence[str]
    general: Sequence[str]


def read_words(*, held_out: bool) -> Words:
    """The words of Faker and jieba on one side of the split."""
    from faker.providers.address.zh_CN import Provider as Address
    from faker.providers.company.zh_CN import Provider as Company
    from faker.providers.person.zh_CN import Provider as Person

    entries = _dictionary()

    def side(words: Iterable[str]) -> list[str]:
        return [word for word in dict.fromkeys(words) if is_held_out(word) == held_out]

    surnames = list(Person.last_names)
    places = [w for w, _, tag in entries if tag == "ns" and 2 <= len(w) <= 5]
    named = [w for w, _, tag in entries if tag == "nr" and 2 <= len(w) <= 3 and w[0] in surnames]
    return Words(
        brands=side(
            [
                w
                for w, count, tag in entries
                if tag in ("nz", "n", "vn", "a") and len(w) == 2 and count > 20
            ]
            + [p[:2] for p in Company.company_prefixes]
        ),
        regions=side(
            [*Address.cities, *Address.provinces]
            + [w for w in places if w[-1] in "省市县区州"]
            + [w for w in places if len(w) == 2]
        ),
        districts=side([*Address.districts, *(w for w in places if w[-1] in "区县镇乡")]),
        streets=side([*OWN["streets"], *(w for w in places if len(w) in (2, 3))]),
        nouns=side(
            w for w, count, tag in entries if tag == "n" and 2 <= len(w) <= 4 and count > 20
        ),
        surnames=surnames,
        surname_weights=_surname_weights(surnames, named),
        given=side([*Person.first_names, *(w[1:] for w in named)]),
        general=side(
            w
            for w, count, tag in entries
            if count > 3 and tag[0] not in "xem" and tag != "nr" and len(w) > 1
        ),
    )


def _dictionary() -> list[tuple[str, int, str]]:
    import jieba

    text = Path(jieba.__file__).with_name("dict.txt").read_text("utf-8")
    rows = (line.split(" ") for line in text.splitlines())
    return [(word, int(count), tag) for word, count, tag in rows]


def _surname_weights(surnames: Sequence[str], named: Iterable[str]) -> list[float]:
    met = [name[0] for name in named]
    return [1.0 + met.count(surname) for surname in surnames]


def brand(words: Words, rng: random.Random) -> str:
    """The part of a company's name that is its own."""
    if rng.random() < 0.5:
        return rng.choice(words.brands)
    return "".join(rng.choices(OWN["brand_chars"], k=rng.choice((2, 2, 2, 3, 4))))


def company(words: Words, rng: random.Random) -> str:
    """A company's name: place, own name, trade, legal form."""
    region, own = rng.choice(words.regions), brand(words, rng)
    trade, form = rng.choice(OWN["industries"]), rng.choice(OWN["legal_forms"])
    shape = rng.random()
    if shape < 0.6:
        return f"{region}{own}{trade}{form}"
    if shape < 0.8:
        return f"{own}（{region}）{trade}{form}"
    if shape < 0.9:
        return f"{own}{trade}{form}"
    return f"{region}{own}{trade}有限公司{rng.choice(words.regions)}分公司"


def address(words: Words, rng: random.Random) -> str:
    """A postal address, from the region down to the room."""
    start = rng.choice(words.regions) + rng.choice(words.districts) * (rng.random() < 0.7)
    road = rng.choice(words.streets) + rng.choice(OWN["street_ends"])
    place = (rng.choice(words.brands) + rng.choice(OWN["places"])) * (rng.random() < 0.4)
    house = "".join(_house_part(rng) for _ in range(rng.choice((1, 1, 2, 3))))
    return f"{start}{road}{rng.randrange(1, 900)}号{place}{house}"


def _house_part(rng: random.Random) -> str:
    block = rng.choice("ABCD") if rng.random() < 0.15 else ""
    return f"{block}{rng.randrange(1, 2000)}{rng.choice(OWN['units'])}"


def person(words: Words, rng: random.Random) -> str:
    """A person's name; surname and given name are drawn apart."""
    surname = rng.choices(words.surnames, words.surname_weights)[0]
    return surname + rng.choice(words.given)


def goods(words: Words, rng: random.Random) -> str:
    """A line of goods or services, with its tax category as on Chinese invoices."""
    name = rng.choice(OWN["goods"]) if rng.random() < 0.5 else rng.choice(words.nouns)
    return f"*{rng.choice(OWN['tax_categories'])}*{name}" if rng.random() < 0.7 else name


def bank(words: Words, rng: random.Random) -> str:
    """A bank's branch."""
    branch = rng.choice(words.regions) + rng.choice(("分行", "支行", "支行", "营业部"))
    return f"{rng.choice(OWN['banks'])}{branch}"


def general(words: Words, rng: random.Random) -> str:
    """Any Chinese word, so that the model knows more characters than forms need."""
    return rng.choice(words.general)


SHARES: dict[Maker, float] = {
    company: 0.30,
    address: 0.22,
    person: 0.12,
    goods: 0.12,
    bank: 0.04,
    general: 0.20,
}


def lines(count: int, *, seed: int, held_out: bool) -> Iterable[tuple[str, str]]:
    """Invent ``count`` texts with their kinds; the same seed gives the same."""
    rng = random.Random(seed)  # noqa: S311
    words = read_words(held_out=held_out)
    for _ in range(count):
        maker = rng.choices(list(SHARES), list(SHARES.values()))[0]
        yield maker.__name__, maker(words, rng)


def main() -> None:
    """Write the corpus, and the held-out texts when asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--held-out", type=Path)
    parser.add_argument("--lines", type=int, default=300_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    made = lines(args.lines, seed=args.seed, held_out=False)
    args.out.write_text("".join(f"{text}\n" for _, text in made), "utf-8")
    if args.held_out:
        kept = lines(args.lines // 50, seed=args.seed + 1, held_out=True)
        args.held_out.write_text("".join(f"{kind}\t{text}\n" for kind, text in kept), "utf-8")


if __name__ == "__main__":
    main()
