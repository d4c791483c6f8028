"""The field type of values, guessed from their texts: the most specific one that takes them all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from docextract.errors import InvalidValue
from docextract.fields import FieldType, field_types

Options = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Guess:
    """A field type with its options, and print around the value (regular expressions)."""

    type: str
    options: Options = field(default_factory=dict)
    prefix: str = ""
    suffix: str = ""

    @property
    def kind(self) -> FieldType:
        """The field type, made."""
        return field_types.get(self.type).model_validate(self.options)


_CURRENCIES = (("¥", "CNY"), ("元", "CNY"), ("RMB", "CNY"), ("RM", "MYR"), ("€", "EUR"),
               ("£", "GBP"), ("HK$", "HKD"), ("$", "USD"))  # fmt: skip
_UNITS = (
    "公里",
    "千米",
    "KM",
    "km",
    "KG",
    "kg",
    "公斤",
    "吨",
    "升",
    "L",
    "mm",
    "cm",
    "m",
    "度",
    "小时",
)
TAILS = "站次开车号台件人张页份天箱个"  # printed after figures and names, and no part of them
_COMPANY = re.compile(
    "(?:公司|集团|中心|工厂|商店|商行|事务所|医院|学校|大学|银行|酒店|饭店|超市|协会"
    r"|Ltd\.?|LTD\.?|Inc\.?|LLC|GmbH|BHD\.?|Bhd\.?|Co\.|Company)$"
)
_STAMP = re.compile(
    r"(?P<date>\d{4}年\d{1,2}月\d{1,2}日|\d{4}([-/.])\d{1,2}\2\d{1,2}"
    r"|\d{1,2}([-/.])\d{1,2}\3(?:\d{4}|\d{2}))[ T]*(?P<time>\d{1,2}:\d{2}(?::\d{2})?)"
)
_DATE_BEFORE = "[0-9]{1,4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,4}日?"
_DATES = (Guess("date"), Guess("date", {"order": "DMY"}), Guess("date", {"order": "MDY"}))
_COUNTED = re.compile("(?P<count>[0-9]{1,3})(?P<unit>[车楼栋排层号])(?P<rest>[A-Z0-9一-龥]{2,6})")
_LONG_RUN = 6  # a run of digits this long has one length on all copies
_TYPED = frozenset({"text", "company", "person"})

_STRICT = frozenset({"date", "id_card", "phone", "plate", "uscc"})

TEXT = Guess("text")


def is_company(text: str) -> bool:
    """True for a name that ends as organisations' names do."""
    return _COMPANY.search(_folded(text)) is not None


def is_typed(text: str) -> bool:
    """True for a text of a type that not every text has, such as a date or a number."""
    return guess([text])[0].type not in _TYPED


def guess(texts: Sequence[str], hint: str = "") -> tuple[Guess, ...]:
    """The fields that texts of one place hold, at least one; a date and time of day are two."""
    folded = [_folded(text) for text in texts if text.strip()]
    if not folded:
        return (Guess(hint) if hint else TEXT,)
    return _stamps(folded) or _counted(folded) or (_one(folded, hint),)


def _stamps(texts: Sequence[str]) -> tuple[Guess, ...]:
    """A date with a time of day after it, and up to four characters more; else nothing."""
    stamps = [stamp for text in texts if (stamp := _STAMP.match(text))]
    if len(stamps) < len(texts):
        return ()
    rest = ".{0,4}" if any(stamp.end() < len(stamp.string) for stamp in stamps) else ""
    days = [stamp["date"] for stamp in stamps]
    day = next((found for found in _DATES if _all_are(found, days)), None)
    if day is None or not _all_are(Guess("time"), [stamp["time"] for stamp in stamps]):
        return ()
    times = Guess("time", prefix=f"{_DATE_BEFORE}T?", suffix=rest)
    return Guess("date", day.options, suffix=rest), times


def _counted(texts: Sequence[str]) -> tuple[Guess, ...]:
    """A number with its unit and a text after it, as in 05车12F号; else nothing."""
    found = [match for text in texts if (match := _COUNTED.fullmatch(text.replace(" ", "")))]
    units = {match["unit"] for match in found}
    if len(found) < len(texts) or len(units) > 1:
        return ()
    unit = units.pop()
    return (
        Guess("integer", {"min": 0}, prefix="0{0,2}", suffix=f"{unit}.{{1,8}}"),
        Guess("code", {"form": "[A-Z0-9一-龥]{1,6}"}, prefix=f"[0-9]{{1,3}}{unit}", suffix="号?"),
    )


def _one(texts: Sequence[str], hint: str) -> Guess:
    tail = texts[0][-1:]
    for found in _guesses(texts, hint):
        # A sample may be misread; what the label says needs the half of them.
        if _all_are(found, texts) or (found.type == hint and _half_are(found, texts)):
            return found
    if tail in TAILS and len(texts[0]) > 1 and all(text.endswith(tail) for text in texts):
        bare = _one([text[:-1] for text in texts], hint)
        if bare.type == "text" and not bare.suffix:
            return Guess("code", {"form": "[一-龥A-Za-z0-9]{1,12}"}, suffix=tail)
        return Guess(bare.type, bare.options, suffix=tail)
    if hint in _STRICT and all(re.search("[0-9]", text) for text in texts):
        return Guess(hint)  # misread, it may be; inside the type's grammar it will be seen
    return TEXT


def _guesses(texts: Sequence[str], hint: str) -> Iterator[Guess]:
    """Guesses, the most specific first; loose ones only where something speaks for them."""
    joined = "".join(texts)
    han = re.search("[一-龥]", joined) is not None
    figures = all(re.fullmatch(r"[\d ]+", text) for text in texts)
    if hint and hint not in ("amount", "number", "integer", "digits", "text"):
        yield from _hinted(hint)
    yield Guess("id_card")
    yield Guess("uscc", {"older": False})
    if not figures:
        yield from _DATES[: 1 if han else 3]
        yield Guess("time")
        yield Guess("percent")
    if han:
        yield Guess("amount_cn")
        yield Guess("plate")
    if all(re.search(r"^1[3-9]|-|^\(?0", text) for text in texts) and len(texts[0]) >= 10:
        yield Guess("phone")
    yield from _amounts(texts, hint)
    yield from _numbers(texts)
    if figures:
        yield from _figures(texts, hint)
    yield from _codes(texts)
    if all(map(is_company, texts)):
        yield Guess("company")


def _hinted(hint: str) -> Iterator[Guess]:
    yield Guess(hint)
    if hint == "date":
        yield from _DATES[1:]
    if hint == "plate":
        yield Guess("plate", {"bare": True})


def _amounts(texts: Sequence[str], hint: str) -> Iterator[Guess]:
    marks = [code for mark, code in _CURRENCIES if any(mark in text for text in texts)]
    if not marks and hint in ("number", "integer"):
        return
    currency: Options = {"currency": marks[0]} if marks else {}
    yield Guess("amount", currency)
    if marks or hint == "amount":
        yield Guess("amount", {**currency, "decimals": 1})
        yield Guess("amount", {**currency, "whole": True})


def _numbers(texts: Sequence[str]) -> Iterator[Guess]:
    matches = [re.fullmatch(r"[0-9]+(?:\.([0-9]+))? ?(\D*)", text) for text in texts]
    units = {match[2].strip() for match in matches if match}
    decimals = {len(match[1] or "") for match in matches if match}
    if all(matches) and len(units) == len(decimals) == 1 and units <= {"", *_UNITS}:
        unit, places = units.pop(), decimals.pop()
        if unit or places:
            yield Guess("number", {"decimals": places, **({"unit": unit} if unit else {})})


def _figures(texts: Sequence[str], hint: str) -> Iterator[Guess]:
    lengths = {len(text.replace(" ", "")) for text in texts}
    if max(lengths) < _LONG_RUN and hint != "digits":
        yield Guess("integer", {"min": 0})
    if min(lengths) < _LONG_RUN:
        yield Guess("digits")
    length = max(lengths) if len(lengths) == 1 else (min(lengths), max(lengths))
    yield Guess("digits", {"length": length})


def _codes(texts: Sequence[str]) -> Iterator[Guess]:
    """Texts of figures, capitals and marks: by their runs, where all texts have the same."""
    bare = [text.replace(" ", "") for text in texts]
    if not all(re.fullmatch(r"(?=.*[0-9])[A-Za-z0-9*/.#-]{2,}", text) for text in bare):
        return
    if all(re.fullmatch("[A-Z0-9]+", text) for text in bare) and len(max(bare, key=len)) < 8:
        yield Guess("alnum")
        return
    runs = [re.findall(r"[0-9]+|[A-Z]+|[a-z]+|\*+|.", text) for text in bare]
    shapes = {tuple(_class_of(run) for run in text) for text in runs}
    if len(shapes) == 1:
        columns = zip(shapes.pop(), zip(*runs, strict=True), strict=True)
        form = "".join(_repeated(sign, column, len(texts)) for sign, column in columns)
        yield Guess("code", {"form": form})
    yield Guess("code", {"form": "[A-Za-z0-9*/.#-]+"})


def _class_of(run: str) -> str:
    for sign in ("[0-9]", "[A-Z]", "[a-z]"):
        if re.match(sign, run):
            return sign
    return re.escape(run[0])


def _repeated(sign: str, runs: Sequence[str], samples: int) -> str:
    least, most = min(map(len, runs)), max(map(len, runs))
    if samples == 1 and sign == "[0-9]" and most < _LONG_RUN:
        least, most = 1, most + 2
    if least == most:
        return sign if least == 1 else f"{sign}{{{least}}}"
    return f"{sign}{{{least},{most}}}"


def _all_are(found: Guess, texts: Sequence[str]) -> bool:
    try:
        kind = found.kind
        values = [_parsed(kind, text, found.suffix) for text in texts]
    except (InvalidValue, ValidationError):
        return False
    return any(value is not None for value in values)


def _half_are(found: Guess, texts: Sequence[str]) -> bool:
    right = sum(_all_are(found, [text]) for text in texts)
    return len(texts) > 1 and right >= len(texts) / 2


def _parsed(kind: FieldType, text: str, suffix: str) -> object:
    return kind.parse(re.sub(f"(?:{suffix})$", "", text) if suffix else text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
