"""One conformance table over every field type, and the laws of the checked numbers."""

import copy
import datetime
import pickle
import random
import re
from decimal import Decimal
from functools import cache
from typing import get_origin

import interegular
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from docextract.errors import InvalidValue
from docextract.fields import Example, FieldType, field_types
from docextract.fields._folding import fold
from docextract.fields.amount_cn import to_capital

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
CASES = [
    pytest.param(kind, example, id=f"{name}-{i}")
    for name, kind in field_types
    for i, example in enumerate(kind.examples)
]
REJECTS = [
    pytest.param(kind, text, id=f"{name}-{i}")
    for name, kind in field_types
    for i, text in enumerate(kind.rejects)
]
TYPES = [pytest.param(kind, id=name) for name, kind in field_types]
IN_GRAMMAR = [
    pytest.param(kind, id=name)
    for name, kind in field_types
    if any(kind(**e.options).pattern is not None for e in kind.examples)
]


@cache
def automaton(pattern: str) -> interegular.FSM:
    return interegular.parse_pattern(pattern).to_fsm()


def plain(kind: type[FieldType]) -> FieldType:
    """The type without options, or with those of its first example where it needs some."""
    needed = any(info.is_required() for info in kind.model_fields.values())
    return kind(**kind.examples[0].options) if needed else kind()


def make(name: str, **options: object) -> FieldType:
    return field_types.get(name)(**options)


def refusal(field: FieldType, text: str) -> InvalidValue | None:
    try:
        field.parse(text)
    except InvalidValue as error:
        return error
    return None


def as_decoded(field: FieldType, text: str) -> str:
    """What decoding would hand on for a printed text: folded, runs of blanks as one."""
    return re.sub(r"\s+", " ", fold(text, field.ignores))


def variants(kind: type[FieldType]) -> list[FieldType]:
    """The type under every set of options its examples use."""
    options = {repr(e.options): e.options for e in kind.examples}
    return [kind(**o) for o in options.values()]


def test_every_promised_type_is_registered() -> None:
    promised = """text digits alnum amount amount_cn date time phone id_card uscc bank_card plate
        percent integer company person barcode checkbox choice"""
    assert set(field_types.names()) >= set(promised.split())


@pytest.mark.parametrize(("kind", "example"), CASES)
def test_example_parses_to_its_value(kind: type[FieldType], example: Example) -> None:
    value = kind(**example.options).parse(example.text)
    assert value == example.value
    gives = kind(**example.options).gives
    assert value is None or isinstance(value, get_origin(gives) or gives)
    if isinstance(value, Decimal):
        assert value.as_tuple() == example.value.as_tuple()  # decimals as printed


@pytest.mark.parametrize(("kind", "example"), CASES)
def test_example_is_in_the_grammar(kind: type[FieldType], example: Example) -> None:
    field = kind(**example.options)
    if field.pattern is None:
        return
    decoded = as_decoded(field, example.text)
    written = decoded if re.fullmatch(field.pattern, decoded) else decoded.upper()
    assert re.fullmatch(field.pattern, written)
    assert automaton(field.pattern).accepts(written)


@pytest.mark.parametrize(("kind", "text"), REJECTS)
def test_reject_is_refused(kind: type[FieldType], text: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        plain(kind).parse(text)
    assert caught.value.check
    if len(text) > 3:
        assert text not in str(caught.value)


@pytest.mark.parametrize("kind", TYPES)
def test_type_describes_itself(kind: type[FieldType]) -> None:
    assert kind.examples
    assert kind.rejects
    assert kind.__doc__
    schema = kind.model_json_schema()
    assert schema["additionalProperties"] is False
    assert set(schema.get("properties", {})) == set(kind.model_fields)
    field = plain(kind)
    for name in kind.model_fields:
        with pytest.raises(ValidationError):
            setattr(field, name, None)
    with pytest.raises(ValidationError):
        kind(no_such_option=1)
    assert plain(kind) == field
    assert hash(plain(kind)) == hash(field)


@pytest.mark.parametrize("kind", IN_GRAMMAR)
def test_automaton_and_regular_expression_are_one_language(kind: type[FieldType]) -> None:
    rng = random.Random(7)
    for field in variants(kind):
        if field.pattern is None:
            continue
        for example in kind.examples:
            text = as_decoded(field, example.text)
            for _ in range(6):
                at = rng.randrange(len(text) + 1)
                text = text[:at] + rng.choice(["", text[:1], text[-1:], "0"]) + text[at + 1 :]
                expected = bool(re.fullmatch(field.pattern, text))
                assert automaton(field.pattern).accepts(text) is expected, text


@pytest.mark.parametrize("kind", TYPES)
@QUICK
@given(data=st.data())
def test_arbitrary_text_is_a_value_in_the_grammar_or_invalid(
    kind: type[FieldType], data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(variants(kind)))
    text = data.draw(st.text(max_size=30) | near(kind))
    error = refusal(field, text)
    assert error is None or error.check
    if error is None and field.pattern is not None:
        decoded = as_decoded(field, text)
        assert re.fullmatch(field.pattern, decoded) or re.fullmatch(field.pattern, decoded.upper())


@pytest.mark.parametrize("kind", IN_GRAMMAR)
@QUICK
@given(data=st.data())
def test_text_of_the_grammar_is_a_value_or_fails_a_named_check(
    kind: type[FieldType], data: st.DataObject
) -> None:
    with_grammar = [field for field in variants(kind) if field.pattern is not None]
    field = data.draw(st.sampled_from(with_grammar))
    text = data.draw(st.from_regex(field.pattern, fullmatch=True))
    assume(as_decoded(field, text) == text)
    error = refusal(field, text)
    assert error is None or error.check not in ("pattern", "characters")


@pytest.mark.parametrize("kind", TYPES)
def test_message_never_holds_the_text(kind: type[FieldType]) -> None:
    for example in kind.examples:
        error = refusal(kind(**example.options), f"{example.text}\ue000")
        assert "\ue000" not in str(error)
        assert len(example.text) < 6 or example.text not in str(error)


def near(kind: type[FieldType]) -> st.SearchStrategy[str]:
    """Texts that are nearly examples: one symbol replaced, dropped or doubled."""

    @st.composite
    def damaged(draw: st.DrawFn) -> str:
        text = draw(st.sampled_from([e.text for e in kind.examples]))
        at = draw(st.integers(0, len(text)))
        return text[:at] + draw(st.text("0159IOXx年-/.,¥元拾零 ", max_size=2)) + text[at + 1 :]

    return damaged()


# --- numbers with check digits -------------------------------------------------------------


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)))
    body = f"{draw(st.sampled_from(['11', '33', '44', '65']))}0105{born:%Y%m%d}"
    body += f"{draw(st.integers(0, 999)):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643, table
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = "91330105" + draw(st.text(alphabet, min_size=9, max_size=9))
    # Modulus 31, weights 3**i (GB 32100, 5.2).
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + alphabet[-total % 31]


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    body = draw(st.sampled_from(["622202", "411111", "955880"]))
    body += draw(st.text("0123456789", min_size=9, max_size=12))
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(body))]
    return body + str(-sum(n // 10 + n % 10 for n in doubled) % 10)


@pytest.mark.parametrize(
    ("name", "options", "numbers"),
    [
        ("id_card", {}, id_numbers()),
        ("uscc", {"older": False}, credit_codes()),
        ("bank_card", {}, card_numbers()),
    ],
)
@QUICK
@given(data=st.data())
def test_check_digit_catches_every_single_error(
    name: str, options: dict[str, object], numbers: st.SearchStrategy[str], data: st.DataObject
) -> None:
    field, number = make(name, **options), data.draw(numbers)
    assert field.parse(number) == number
    at = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != number[at]]))
    assert refusal(field, number[:at] + wrong + number[at + 1 :])


@pytest.mark.parametrize(
    ("name", "text", "check"),
    [
        ("id_card", "110105194912310021", "mod11-2"),
        ("id_card", "990105194912310021", "region"),
        ("id_card", "11010519490230002X", "calendar"),
        ("id_card", "110105491231002", "length"),
        ("uscc", "91110000600037342L", "mod31"),
        ("bank_card", "4111111111111112", "luhn"),
        ("date", "2021-02-29", "calendar"),
        ("date", "2021-02-31", "pattern"),
        ("time", "15:04 AM", "meridiem"),
        ("company", "甲乙*公司", "characters"),
        ("digits", "12a4", "pattern"),
    ],
)
def test_failed_check_has_its_name(name: str, text: str, check: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        make(name).parse(text)
    assert caught.value.check == check


# --- options -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "text", "check"),
    [
        ("text", {"max_length": 3}, "four", "length"),
        ("text", {"chars": "[A-Z]"}, "Ab", "characters"),
        ("digits", {"length": 8}, "1234567", "pattern"),
        ("digits", {"length": (10, 12)}, "123456789", "pattern"),
        ("integer", {"min": 1, "max": 20}, "21", "range"),
        ("integer", {"min": 1}, "-1", "pattern"),
        ("amount", {"sign": False}, "-1.00", "pattern"),
        ("amount", {"currency": "USD"}, "***", "pattern"),
        ("amount", {"currency": "JPY"}, "12.50", "pattern"),
        ("amount", {"decimals": 1}, "12.50", "pattern"),
        ("date", {"order": "DMY"}, "12/31/2017", "pattern"),
        ("date", {"latest": datetime.date(2020, 1, 1)}, "2020-01-02", "range"),
        ("date", {"earliest": datetime.date(2020, 1, 1)}, "2019-12-31", "range"),
        ("uscc", {"older": False}, "110105600037341", "pattern"),
        ("phone", {"region": "MY"}, "99-99999999", "number"),
        ("company", {"min_length": 6}, "甲乙公司", "length"),
    ],
)
def test_option_narrows_the_type(
    name: str, options: dict[str, object], text: str, check: str
) -> None:
    with pytest.raises(InvalidValue) as caught:
        make(name, **options).parse(text)
    assert caught.value.check == check


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("text", {"chars": "A-Z"}),
        ("text", {"chars": "[A-Z"}),
        ("text", {"chars": "[A][B]"}),
        ("text", {"min_length": 3, "max_length": 2}),
        ("digits", {"length": (12, 10)}),
        ("digits", {"length": 0}),
        ("integer", {"min": 2, "max": 1}),
        ("amount", {"currency": "yuan"}),
        ("date", {"order": "YDM"}),
        ("date", {"earliest": "2020-01-02", "latest": "2020-01-01"}),
        ("phone", {"region": "XX"}),
        ("barcode", {"formats": ["NoSuchCode"]}),
    ],
)
def test_mistaken_option_is_refused_at_once(name: str, options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        make(name, **options)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("alnum", "ab12", "AB12"),
        ("uscc", "91110000600037341l", "91110000600037341L"),
        ("plate", "京a12345", "京A12345"),
    ],
)
def test_typed_small_letters_are_capitalised(name: str, text: str, value: str) -> None:
    assert make(name).parse(text) == value


# --- round trips ---------------------------------------------------------------------------

MONEY = st.integers(1, 99_999_999_999_999).map(lambda fen: Decimal(fen).scaleb(-2))
ROUND_MONEY = st.builds(
    lambda digit, zeros, rest: Decimal(digit * 10**zeros + rest).scaleb(-2),
    st.integers(1, 9),
    st.integers(0, 13),
    st.integers(0, 0) | st.integers(1, 9),
)


@settings(QUICK, max_examples=300)
@given(amount=MONEY | ROUND_MONEY)
def test_capital_amount_round_trip(amount: Decimal) -> None:
    field = make("amount_cn")
    text = to_capital(amount)
    assert field.parse(text) == amount
    assert re.fullmatch(field.pattern, text)
    bare = text.replace("零", "")
    assert not bare or field.parse(bare) == amount


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "零圆整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("16.89", "壹拾陆圆捌角玖分"),
        ("1409.50", "壹仟肆佰零玖圆伍角整"),
        ("6007.14", "陆仟零柒圆壹角肆分"),
        ("16409.02", "壹万陆仟肆佰零玖圆零贰分"),
        ("100000005", "壹亿零伍圆整"),
    ],
)
def test_capital_amount_is_written_by_the_rules(amount: str, text: str) -> None:
    assert to_capital(Decimal(amount)) == text


def test_a_bare_ten_is_a_matter_of_the_form() -> None:
    by_hand = field_types.get("amount_cn")(bare_ten=True)
    for text in ("拾陆元捌角玖分", "壹拾陆元捌角玖分"):
        assert by_hand.parse(text) == Decimal("16.89")
    with pytest.raises(InvalidValue):
        field_types.get("amount_cn")().parse("拾陆元捌角玖分")


@pytest.mark.parametrize("amount", ["-1", "1000000000000", "0.001"])
def test_capital_amount_has_limits(amount: str) -> None:
    with pytest.raises(ValueError, match="amount must be"):
        to_capital(Decimal(amount))


FORMS = [
    ("YMD", "{0.year}年{0.month}月{0.day}日"),
    ("YMD", "{0:%Y年%m月%d日}"),
    ("YMD", "{0:%Y%m%d}"),
    *[("YMD", f"{{0:%Y{sep}%m{sep}%d}}") for sep in "-/."],
    *[("YMD", f"{{0.year}}{sep}{{0.month}}{sep}{{0.day}}") for sep in "-/."],
    *[("DMY", f"{{0.day}}{sep}{{0.month}}{sep}{{0.year}}") for sep in "-/."],
    *[("DMY", f"{{0:%d{sep}%m{sep}%Y}}") for sep in "-/."],
    *[("MDY", f"{{0:%m{sep}%d{sep}%Y}}") for sep in "-/."],
    *[("DMY", f"{{0:%d{sep}%b{sep}%Y}}") for sep in ("", " ", "-", "/")],
    ("DMY", "{0.day} {0:%B} {0.year}"),
    ("MDY", "{0:%b} {0.day}, {0.year}"),
    ("MDY", "{0:%b} {0.day} {0.year}"),
]
TAILS = ["", " 9:05", " 14:05:33", " 6:05 PM", "20:18"]


@settings(QUICK, max_examples=300)
@given(
    day=st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
    form=st.sampled_from(FORMS),
    tail=st.sampled_from(TAILS),
)
def test_date_round_trip(day: datetime.date, form: tuple[str, str], tail: str) -> None:
    order, layout = form
    assert make("date", order=order).parse(layout.format(day) + tail) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2018/3/1 14:05", 1),
        ("2018/3/11 4:05", 11),
        ("2018/3/114:05", 1),
        ("2018/3/1114:05", 11),
        ("2018/03/109:05", 10),
        ("2018/03/0109:05", 1),
        ("20180301 9:05", 1),
    ],
)
def test_date_ends_where_its_time_begins(text: str, day: int) -> None:
    assert make("date").parse(text) == datetime.date(2018, 3, day)


@QUICK
@given(
    day=st.dates(datetime.date(1969, 1, 1), datetime.date(2068, 12, 31)),
    sep=st.sampled_from("-/."),
    tail=st.sampled_from(TAILS),
)
def test_short_year_round_trip(day: datetime.date, sep: str, tail: str) -> None:
    text = f"{day.day}{sep}{day.month}{sep}{day:%y}{tail}"
    assert make("date", order="DMY").parse(text) == day


@QUICK
@given(
    amount=st.decimals(-(10**9), 10**9, places=2), before=st.sampled_from(["", "¥", "￥", "RMB "])
)
def test_amount_round_trip(amount: Decimal, before: str) -> None:
    sign = "-" if amount < 0 else ""
    assert make("amount").parse(f"{sign}{before}{abs(amount):,.2f}") == amount
    assert make("amount").parse(f"{before}{sign}{abs(amount):.2f}") == amount


# --- barcodes ------------------------------------------------------------------------------


def drawn(payload: str, kind: str) -> np.ndarray:
    """A barcode as a BGR picture in which a module is a few pixels."""
    import zxingcpp

    code = zxingcpp.create_barcode(payload, zxingcpp.barcode_format_from_str(kind))
    grey = np.array(zxingcpp.write_barcode_to_image(code, scale=3))
    return np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint8)


def test_barcode_is_read_from_the_picture() -> None:
    payload = "01,10,044001900111,20481357,8.97,20190520,"
    image = drawn(payload, "QRCode")
    assert make("barcode").read_image(image) == payload
    assert make("barcode", formats=["QRCode"]).read_image(image) == payload
    assert make("barcode", formats=["EAN13"]).read_image(image) is None


def test_barcode_without_quiet_zone_or_resolution_is_read() -> None:
    image = drawn("044001900111", "QRCode")
    inside = np.argwhere(image[:, :, 0] < 128)
    (top, left), (bottom, right) = inside.min(axis=0), inside.max(axis=0) + 1
    tight = image[top:bottom:2, left:right:2]
    assert make("barcode").read_image(tight) == "044001900111"


def test_picture_without_a_barcode_has_no_payload() -> None:
    assert make("barcode").read_image(np.full((60, 200, 3), 255, np.uint8)) is None


def test_capital_amount_prints_as_written_and_counts_as_a_number() -> None:
    value = field_types.get("amount_cn")().parse("⊗玖圆叁角伍分")
    assert value == Decimal("9.35")
    assert str(value) == "玖圆叁角伍分"
    for copied in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
        assert copied == Decimal("9.35")
        assert str(copied) == "玖圆叁角伍分"
