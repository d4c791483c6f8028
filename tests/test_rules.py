import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docextract.errors import InvalidValue, TemplateError
from docextract.fields import field_types
from docextract.rules import (
    Rule,
    RuleError,
    Verdict,
    compile_rule,
    part_proposals,
    proposals,
)
from docextract.rules.choice import Choice
from docextract.rules.joint import REPAIR_FLOOR, agree
from docextract.rules.search import best_combination
from docextract.rules.syntax import MAX_LENGTH
from docextract.settling import Slot, alternatives
from docextract.synth.invoice import InvoiceValues, draw_sample
from docextract.template import load_template, template_schema
from docextract.types import Candidate, Reading, Value

PAYLOAD = "01,10,044001900111,20481357,8.97,20220310,70316842591173062485,1A2B,"
PARTS = ["_", "kind", "code", "number", "amount", "date", "check"]


def slot(name: str, kind: str, *, nullable: bool = False, **options: object) -> Slot:
    return Slot(name, field_types.get(kind).model_validate(options), nullable)


FIELDS = {
    s.name: s
    for s in (
        slot("code", "digits"),
        slot("number", "digits"),
        slot("date", "date"),
        slot("due", "date", nullable=True),
        slot("amount", "amount"),
        slot("tax", "amount", nullable=True),
        slot("total", "amount"),
        slot("total_cn", "amount_cn"),
        slot("count", "integer"),
        slot("seller", "text"),
        slot("qr", "barcode", parts=PARTS),
        slot("plain", "barcode"),
    )
}
VALUES: dict[str, Value | None] = {
    "code": "044001900111",
    "number": "20481357",
    "date": date(2022, 3, 10),
    "due": None,
    "amount": Decimal("8.97"),
    "tax": None,
    "total": Decimal("8.97"),
    "total_cn": FIELDS["total_cn"].kind.parse("捌圆玖角柒分"),
    "count": 3,
    "seller": "甲乙丙",
    "qr": PAYLOAD,
    "plain": "x",
}


def verdict(text: str, **changes: Value | None) -> Verdict:
    return compile_rule(text, FIELDS).verdict({**VALUES, **changes})


@pytest.mark.parametrize(
    "text",
    [
        "total == amount + (tax or 0)",
        "total == total_cn",
        "qr.number == number",
        "qr.code == code and qr.date == date",
        "amount == qr.amount",
        "qr.check[0:4] == '7031' and qr.kind in ('10', '04')",
        "number[0:3] == '204' and number[-1] == '7' and code[2] == '4'",
        "round(amount * 0.06, 2) == 0.54",
        "round(0.5 * count) == 2",
        "abs(amount - total) < 0.01",
        "-amount < 0 < amount <= total",
        "min(amount, total, 5) == 5 and max(count, 2) == 3",
        "count / 2 == 1.5",
        "len(seller) == 3 and '乙' in seller and '丁' not in seller",
        "year(date) == 2022 and month(date) == 3 and day(date) == 10",
        "due is None or due >= date",
        "not (due is not None and due < date)",
        "tax != total",
        "qr.date >= date",
    ],
)
def test_what_is_so_is_met(text):
    assert verdict(text) is Verdict.MET


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("total == amount + (tax or 0)", {"tax": Decimal("0.01")}),
        ("total == total_cn", {"total": Decimal("8.98")}),
        ("qr.number == number", {"number": "20481358"}),
        ("qr.date == date", {"qr": PAYLOAD.replace("20220310", "20221310")}),
        ("qr.amount == amount", {"qr": PAYLOAD.replace("8.97", "x")}),
        ("due is None or due >= date", {"due": date(2022, 3, 9)}),
        ("amount / (count - 3) == 1", {}),
        ("seller in ('甲', '乙')", {}),
    ],
)
def test_what_is_not_so_is_violated(text, changes):
    assert verdict(text, **changes) is Verdict.VIOLATED


def test_a_part_that_the_code_leaves_empty_says_nothing():
    empty = "01,10,044001900111,20481357,8.97,20220310,"
    assert verdict("qr.check == code", qr=empty) is Verdict.NOT_APPLICABLE
    assert verdict("qr.number == number", qr=empty) is Verdict.MET


def test_a_code_with_too_few_parts_is_not_the_one_the_template_means():
    with pytest.raises(InvalidValue, match="parts"):
        FIELDS["qr"].kind.parse("https://example.org/")


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("", "should be a condition"),
        ("total ==", "should be a condition"),
        ("total = amount", "should be a condition"),
        ("total == amuont", "Did you mean 'amount'"),
        ("summ(total, tax) == 1", "No function is called 'summ'"),
        ("rond(total) == 1", "Did you mean 'round'"),
        ("qr.nubmer == number", "Did you mean 'number'"),
        ("plain.number == number", "Give it 'parts'"),
        ("total.real == 1", "has no parts"),
        ("total.__class__ == 1", "has no parts"),
        ("qr.__class__ == number", "no part '__class__'"),
        ("qr.number.__class__ == number", "A dot stands only"),
        ("().__class__ == total", "A dot stands only"),
        ("__import__('os') == total", "No function is called '__import__'"),
        ("total.quantize(1) == total", "No function is called 'total.quantize'"),
        ("abs(x=total) == 1", "no named arguments"),
        ("abs(*total) == 1", "no place in a rule"),
        ("9**9**9 == total", "no place in a rule"),
        ("1 << 99 == count", "no place in a rule"),
        ("[t for t in seller] == 1", "no place in a rule"),
        ("(lambda: total)() == 1", "No function is called"),
        ("(x := total) == 1", "no place in a rule"),
        ("f'{total}' == seller", "no place in a rule"),
        ("seller * 999999999 == seller", "is a text"),
        ("b'x' == seller", "no value of a field"),
        ("1 == 1", "at least one field"),
        ("total", "is a number, not a condition"),
        ("total + amount", "is a number, not a condition"),
        ("total == number", "number never equals a text"),
        ("total == date", "number never equals a date"),
        ("total == amount + tax", "(tax or 0)"),
        ("due > date", "due is None or"),
        ("(tax or '0') == total", "of one kind"),
        ("total is amount", "compares only with None"),
        ("total in amount", "in brackets"),
        ("seller[0.5] == 'x'", "whole numbers"),
        ("seller[count] == 'x'", "whole numbers"),
        ("seller[::2] == 'x'", "start and an end"),
        ("round(total, 99) == 1", "round() takes"),
        ("(total, amount) == total", "after 'in'"),
        ("-" * 200 + "total == 1", "nested too deeply"),
        ("(" * 250 + "total", "should be a condition"),
        ("total == 1 " + "or total == 1 " * MAX_LENGTH, "characters"),
        ("total == 1\x00", "should be a condition"),
    ],
)
def test_what_is_no_rule_is_refused_with_a_cure(text, cure):
    with pytest.raises(RuleError) as caught:
        compile_rule(text, FIELDS)
    assert cure in str(caught.value)


@given(st.text(alphabet="total.qrnumbe_()[]:=<>+-*/ 019'\",andoritx", max_size=40))
def test_any_text_is_a_rule_or_refused(text):
    try:
        rule = compile_rule(text, FIELDS)
    except RuleError:
        return
    assert rule.verdict(VALUES) in Verdict


def test_a_rule_pins_what_stands_once_in_its_sums():
    def pins(text: str) -> frozenset[str]:
        return compile_rule(text, FIELDS).pins

    assert pins("total == amount + (tax or 0)") == {"total", "amount", "tax"}
    assert pins("qr.number == number") == {"number"}
    assert pins("total + amount == amount") == {"total"}
    assert pins("total == amount * count") == {"total"}
    assert pins("total >= amount") == set()


# The joint choice.


def brute_force(options: Mapping[str, Sequence[Choice]], rules: Sequence[Rule]) -> float:
    """The most evidence of all combinations that meet the rules; -inf when none does."""
    best = -math.inf
    for picks in product(*options.values()):
        values = {name: pick.value for name, pick in zip(options, picks, strict=True)}
        if all(rule.verdict(values) is not Verdict.VIOLATED for rule in rules):
            best = max(best, sum(pick.logp for pick in picks))
    return best


NAMES = ("a", "b", "c", "d", "e")
INTEGERS = {name: slot(name, "integer") for name in NAMES}
RULES = [
    "a == b",
    "a + b == c",
    "c < d",
    "d == e + 1",
    "a + b + c == d + e",
    "b in (1, 2)",
    "e != a",
]


@st.composite
def puzzles(draw: st.DrawFn) -> tuple[dict[str, list[Choice]], list[Rule]]:
    texts = draw(st.lists(st.sampled_from(RULES), min_size=1, max_size=4, unique=True))
    rules = [compile_rule(text, INTEGERS) for text in texts]
    options = {}
    for name in sorted(frozenset().union(*(rule.fields for rule in rules))):
        values = draw(st.lists(st.integers(0, 6), min_size=1, max_size=5, unique=True))
        losses = draw(st.lists(st.floats(0, 9), min_size=len(values), max_size=len(values)))
        logps = sorted((-loss for loss in losses), reverse=True)
        options[name] = [Choice(v, str(v), p) for v, p in zip(values, logps, strict=True)]
    return options, rules


@settings(max_examples=200, deadline=None)
@given(puzzles())
def test_the_search_finds_what_trying_everything_finds(puzzle):
    options, rules = puzzle
    chosen = best_combination(options, rules)
    best = brute_force(options, rules)
    if not chosen:
        assert best == -math.inf
        return
    values = {name: choice.value for name, choice in chosen.items()}
    assert all(rule.verdict(values) is Verdict.MET for rule in rules)
    assert sum(choice.logp for choice in chosen.values()) == pytest.approx(best)


def test_a_search_that_is_cut_short_claims_nothing():
    options = {name: [Choice(n, str(n), -float(n)) for n in range(5)] for name in "abc"}
    rules = [compile_rule("a + b + c == 12", INTEGERS)]
    assert best_combination(options, rules, max_steps=20) == {}
    assert [best_combination(options, rules)[name].value for name in "abc"] == [4, 4, 4]


Odds = Mapping[str, float]


class Sheet:
    """Fields with their candidates' texts and probabilities, as a page would give them."""

    def __init__(self, **fields: Odds) -> None:
        self.candidates = {
            name: tuple(Candidate(text, math.log(p)) for text, p in odds.items())
            for name, odds in fields.items()
        }
        self.readings = {name: self._read(name, odds) for name, odds in fields.items()}

    def _read(self, name: str, odds: Odds) -> Reading:
        if not odds:
            return Reading(name, None, "", 0.0, failed=("unreadable",))
        text, p = next(iter(odds.items()))
        candidates = () if name == "qr" else self.candidates[name]
        value = FIELDS[name].kind.parse(text)
        return Reading(name, value, text, p, candidates=candidates)

    def listed(self, name: str) -> tuple[Choice, ...]:
        if name == "qr":
            return ()
        return alternatives(FIELDS[name], self.candidates[name], empty_logp=math.log(1e-9))

    def agree(self, *texts: str) -> dict[str, Reading]:
        rules = [compile_rule(text, FIELDS) for text in texts]
        nullable = frozenset(name for name, f in FIELDS.items() if f.nullable)
        return agree(self.readings, rules, nullable=nullable, alternatives=self.listed)


SUM = "total == amount + (tax or 0)"
SAME = "total == total_cn"


def test_a_misread_total_is_repaired_by_its_neighbours():
    sheet = Sheet(
        amount={"15.93": 0.999},
        tax={"0.96": 0.998},
        total={"16.39": 0.7, "16.89": 0.25},
        total_cn={"壹拾陆圆捌角玖分": 0.99},
    )
    got = sheet.agree(SUM, SAME)
    assert got["total"].value == Decimal("16.89")
    assert got["total"].text == "16.89"
    assert got["total"].ok
    assert got["total"].candidates == sheet.readings["total"].candidates
    assert 0.25 < got["total"].confidence < 0.9999
    assert got["total"].margin < 0
    assert {n: r.value for n, r in got.items() if n != "total"} == {
        n: r.value for n, r in sheet.readings.items() if n != "total"
    }


def test_a_repair_against_the_picture_goes_to_a_person():
    unlikely = REPAIR_FLOOR / 10
    sheet = Sheet(total={"16.39": 0.99, "16.89": unlikely}, total_cn={"壹拾陆圆捌角玖分": 0.999})
    total = sheet.agree(SAME)["total"]
    assert total.value == Decimal("16.89")
    assert total.failed == ("repair",)
    assert total.confidence < 0.5


def test_two_fields_repaired_together_do_not_vouch_for_each_other():
    sheet = Sheet(total={"1.00": 0.9, "2.00": 0.05}, total_cn={"叁圆整": 0.9, "贰圆整": 0.05})
    got = sheet.agree(SAME)
    assert got["total"].value == got["total_cn"].value == Decimal("2.00")
    assert max(r.confidence for r in got.values()) == pytest.approx(0.05)


def test_where_nothing_fits_nothing_changes_and_the_violated_rules_show():
    sheet = Sheet(
        amount={"8.00": 0.9},
        tax={"0.10": 0.9},
        total={"9.00": 0.6, "9.50": 0.3},
        total_cn={"玖圆整": 0.9},
    )
    got = sheet.agree(SUM, SAME)
    assert {n: r.value for n, r in got.items()} == {n: r.value for n, r in sheet.readings.items()}
    assert {n: r.confidence for n, r in got.items()} == {
        n: r.confidence for n, r in sheet.readings.items()
    }
    for name in ("amount", "tax", "total"):
        assert got[name].failed == (f"rule:{SUM}",)
    assert got["total_cn"].ok


def test_a_field_that_cannot_be_repaired_does_not_keep_others_from_it():
    sheet = Sheet(
        qr={PAYLOAD: 0.999999},
        number={"99999999": 0.9},
        amount={"8.91": 0.6, "8.97": 0.3},
    )
    got = sheet.agree("qr.number == number", "qr.amount == amount")
    assert got["number"].failed == ("rule:qr.number == number",)
    assert got["amount"].value == Decimal("8.97")
    assert got["amount"].ok


def test_a_code_confirms_the_print():
    sheet = Sheet(qr={PAYLOAD: 0.999999}, number={"20481357": 0.7})
    assert sheet.agree("qr.number == number")["number"].confidence > 0.9999


def test_an_unreadable_code_decides_nothing():
    sheet = Sheet(qr={}, number={"20481357": 0.7, "20481351": 0.2})
    assert sheet.agree("qr.number == number") == sheet.readings


def test_agreement_is_worth_the_odds_of_the_others():
    got = Sheet(total={"2.00": 0.8}, total_cn={"贰圆整": 0.9}).agree(SAME)
    odds = (0.8 / 0.2) * (0.9 / 0.1)
    assert got["total"].confidence == pytest.approx(odds / (1 + odds))
    assert got["total_cn"].confidence == pytest.approx(odds / (1 + odds))


def test_doubtful_neighbours_and_rules_that_pin_nothing_do_not_change_confidence():
    got = Sheet(total={"2.00": 0.8}, total_cn={"贰圆整": 0.3}).agree(SAME)
    assert got["total"].confidence == 0.8
    got = Sheet(total={"2.00": 0.8}, amount={"1.00": 0.9}).agree("total >= amount")
    assert (got["total"].confidence, got["amount"].confidence) == (0.8, 0.9)


def test_no_tax_counts_as_nothing_but_is_not_proved_by_it():
    sheet = Sheet(amount={"2.00": 0.9}, tax={"***": 0.6}, total={"2.00": 0.9})
    got = sheet.agree(SUM)
    assert got["tax"].value is None
    assert got["tax"].ok
    assert got["tax"].confidence == 0.6


def test_an_invalid_line_takes_the_alternative_the_rules_ask_for():
    sheet = Sheet(total={"2.00": 0.3}, total_cn={"贰圆整": 0.999})
    sheet.readings["total"] = Reading(
        "total", None, "", 0.0, candidates=sheet.candidates["total"], failed=("blank",)
    )
    total = sheet.agree(SAME)["total"]
    assert (total.value, total.failed) == (Decimal("2.00"), ())
    assert 0.3 <= total.confidence < 0.999


def test_no_rules_change_nothing():
    sheet = Sheet(total={"2.00": 0.8})
    assert sheet.agree() == sheet.readings


# The shipped template and its file format.


def invoice_values(invoice: InvoiceValues) -> dict[str, Value | None]:
    fields = load_template("invoice").fields
    written = {**invoice.labels(), "qr": invoice.payload}
    return {n: None if t is None else fields[n].kind.parse(t) for n, t in written.items()}


@pytest.mark.parametrize("seed", range(8))
def test_the_invoice_keeps_its_own_rules(seed):
    template = load_template("invoice")
    values = invoice_values(draw_sample("a", seed=seed)[1])
    assert len(template.rules) == 7
    for line in template.rules:
        assert compile_rule(line.rule, template.fields).verdict(values) is Verdict.MET, line.rule


FORM = """\
docextract: 1
name: form
page: {width: 200, height: 100}
layouts: [{name: a}]
fields:
  total: {type: amount, box: [0, 0, 30, 40]}
  tax: {type: amount, box: [50, 0, 30, 40], nullable: true}
rules:
"""


def load(folder: Path, rules: str, form: str = FORM):
    path = folder / "form.yaml"
    path.write_text(form + rules, "utf-8")
    return load_template(path)


def test_a_rule_is_a_text_or_has_a_name(tmp_path):
    template = load(tmp_path, "  - total > 0\n  - {rule: total > 1, says: more than one}\n")
    assert [(r.rule, r.says) for r in template.rules] == [
        ("total > 0", ""),
        ("total > 1", "more than one"),
    ]
    rule = compile_rule("total > 1", template.fields, says="more than one")
    assert rule.name == "more than one"


def test_all_wrong_rules_are_told_with_their_lines(tmp_path):
    wrong = "  - totl > 0\n  - total > 0\n  - {rule: total + 1}\n  - {rul: total > 0}\n"
    with pytest.raises(TemplateError) as caught:
        load(tmp_path, "  - totl > 0\n  - total > 0\n  - {rule: total + 1, says: x}\n")
    first, second = caught.value.mistakes
    assert first.startswith("line 9: rules[0] is 'totl > 0'. No field is called 'totl'.")
    assert second.startswith("line 11: rules[2].rule is 'total + 1'.")
    with pytest.raises(TemplateError, match=r"line 12: rules\[3\].rul is not a known key"):
        load(tmp_path, wrong)


def test_a_broken_field_does_not_hide_a_broken_rule(tmp_path):
    with pytest.raises(TemplateError) as caught:
        load(tmp_path, "  - totl > 0\n", FORM.replace("type: amount", "type: amont", 1))
    assert [m.split(" is ")[0] for m in caught.value.mistakes] == [
        "line 6: fields.total.type",
        "line 9: rules[0]",
    ]


def test_the_schema_knows_rules():
    schema = json.loads(json.dumps(template_schema()))
    rules = {**schema["properties"]["rules"], "$defs": schema["$defs"]}
    validator = jsonschema.Draft202012Validator(rules)
    assert validator.is_valid(["total > 0", {"rule": "total > 0", "says": "some"}])
    assert not validator.is_valid([1])
    assert not validator.is_valid([{"says": "some"}])
    assert not validator.is_valid([{"rule": "total > 0", "say": "some"}])


# what a field would have to say

TAXED = {**VALUES, "tax": Decimal("1.00"), "due": date(2021, 1, 1)}


@pytest.mark.parametrize(
    ("rule", "field", "wanted"),
    [
        ("total == amount + (tax or 0)", "total", Decimal("9.97")),
        ("total == amount + (tax or 0)", "amount", Decimal("7.97")),
        ("total - 2 * (tax or 0) == amount", "tax", Decimal("0")),
        ("tax == round(amount * 0.06, 2)", "tax", Decimal("0.54")),
        ("abs(total - amount - (tax or 0)) <= 0.01", "total", Decimal("9.97")),
        ("total == total_cn", "total_cn", Decimal("8.97")),
        ("due is None or due >= date", "due", date(2022, 3, 10)),
        ("seller in ('甲', '乙')", "seller", "甲"),
        ("number == qr.number", "number", "20481357"),
        ("amount == qr.amount", "amount", Decimal("8.97")),
        ("date == qr.date", "date", date(2022, 3, 10)),
    ],
)
def test_a_rule_proposes_what_would_meet_it(rule, field, wanted) -> None:
    found = next(proposals(rule, FIELDS, field, TAXED), None)
    if rule.startswith("abs"):  # the edge of what is allowed comes first, and is allowed
        found = list(proposals(rule, FIELDS, field, TAXED))[-1]
    assert found == wanted
    assert compile_rule(rule, FIELDS).verdict({**TAXED, field: found}) is Verdict.MET


def test_a_text_is_proposed_with_a_piece_of_another_in_its_place() -> None:
    rule = compile_rule("number[3:7] in code", FIELDS)
    found = [
        value
        for value in proposals(rule.name, FIELDS, "number", VALUES)
        if rule.verdict({**VALUES, "number": value}) is Verdict.MET and len(str(value)) == 8
    ]
    assert "20444007" in found  # 4400 out of the code


def test_parts_of_barcodes_are_proposed_from_what_they_are_compared_with() -> None:
    assert "20481357" in part_proposals("qr.number == number", FIELDS, "qr", "number", VALUES)
    kinds = part_proposals("qr.kind in ('10', '04')", FIELDS, "qr", "kind", VALUES)
    assert [*kinds] == ["10", "10", "04"]  # what it is, too


def test_nothing_is_proposed_where_nothing_follows() -> None:
    assert [*proposals("amount * 0 == total", FIELDS, "amount", VALUES)] == []
    assert [*proposals("total == amount", FIELDS, "seller", VALUES)] == []
    with pytest.raises(RuleError):
        [*proposals("total ==", FIELDS, "total", VALUES)]
