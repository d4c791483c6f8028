"""Language models against the formula, KenLM against the model file, fused search against both."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import kenlm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from docextract import Extractor, read_lines
from docextract.cli.main import app
from docextract.decoding.ctc import string_logp
from docextract.decoding.free import decode_free
from docextract.decoding.fusion import decode_fused, rescore
from docextract.decoding.ngram import (
    LanguageModel,
    is_scored,
    language_names,
    load_language,
    words_of,
)
from docextract.decoding.search import Decoded
from docextract.errors import ModelError, SourceError, TemplateError, UnknownName, UsageError
from docextract.template import Template, load_template
from docextract.training.kneser_ney import NgramModel, estimate
from docextract.training.language import build_language, evaluate, read_texts
from docextract.types import Alphabet, Candidate, Lattice

TEXTS = ("abcab", "abd", "bca", "abcd", "ccab", "dab", "aab", "b", "cabb", "adca")
CARD = "docextract: 1\nname: tiny\nlicence: CC0-1.0\nfile: lm.arpa.gz\n"
LN10 = math.log(10)


class Reference:
    """Interpolated modified Kneser-Ney, straight from the definition, by dictionaries.

    Written from Chen & Goodman 1999 and Heafield et al. 2013; nothing is shared with the code.
    """

    def __init__(self, texts: list[list[str]], order: int) -> None:
        self.order = order
        padded = [("<s>", *text, "</s>") for text in texts]
        self.vocabulary = {w for text in padded for w in text} - {"<s>"} | {"<unk>"}
        grams = [
            Counter(t[i : i + n] for t in padded for i in range(len(t) - n + 1))
            for n in range(1, order + 1)
        ]
        self.counts: list[dict[tuple[str, ...], int]] = []
        for n in range(order - 1):
            lefts = Counter(longer[1:] for longer in grams[n + 1])
            self.counts.append({g: c if g[0] == "<s>" else lefts[g] for g, c in grams[n].items()})
        self.counts.append(dict(grams[-1]))
        del self.counts[0][("<s>",)]
        self.discounts = [self.discount(counts) for counts in self.counts]

    @staticmethod
    def discount(counts: dict[tuple[str, ...], int]) -> list[float]:
        t = Counter(counts.values())
        if not all(t[k] for k in (1, 2, 3, 4)):
            return [0.5, 1.0, 1.5]
        y = t[1] / (t[1] + 2 * t[2])
        found = [k - (k + 1) * y * t[k + 1] / t[k] for k in (1, 2, 3)]
        sound = all(0 <= d <= k for k, d in enumerate(found, 1))
        return found if sound else [0.5, 1.0, 1.5]

    def prob(self, context: tuple[str, ...], word: str) -> float:
        n = len(context)
        discounts = self.discounts[n]
        followers = {g: c for g, c in self.counts[n].items() if g[:-1] == context}
        lower = self.prob(context[1:], word) if n else 1 / len(self.vocabulary)
        if not followers:
            return lower
        total = sum(followers.values())
        count = followers.get((*context, word), 0)
        share = (count - discounts[min(count, 3) - 1]) / total if count else 0.0
        left = sum(discounts[min(c, 3) - 1] for c in followers.values()) / total
        return share + left * lower


def arpa(model: NgramModel, path: Path) -> kenlm.Model:
    with path.open("w", encoding="utf-8") as file:
        model.write_arpa(file)
    return kenlm.Model(str(path))


def state_after(model: kenlm.Model, context: tuple[str, ...]) -> kenlm.State:
    state = kenlm.State()
    if context[:1] == ("<s>",):
        model.BeginSentenceWrite(state)
        context = context[1:]
    else:
        model.NullContextWrite(state)
    for word in context:
        following = kenlm.State()
        model.BaseScore(state, word, following)
        state = following
    return state


def contexts(words: str, longest: int) -> list[tuple[str, ...]]:
    free = [c for n in range(longest + 1) for c in itertools.product(words, repeat=n)]
    return [*free, *(("<s>", *c) for c in free if len(c) < longest)]


@pytest.mark.parametrize("order", [2, 3, 4, 5])
def test_probabilities_are_those_of_the_definition(order: int, tmp_path: Path) -> None:
    texts = [list(text) for text in TEXTS]
    model, reference = (
        arpa(estimate(texts, order=order), tmp_path / "lm.arpa"),
        Reference(texts, order),
    )
    for context in contexts("abcd", order - 1):
        state = state_after(model, context)
        for word in reference.vocabulary - {"<unk>"}:
            found = model.BaseScore(state, word, kenlm.State()) * LN10
            assert found == pytest.approx(math.log(reference.prob(context, word)), abs=2e-3)
        unknown = model.BaseScore(state, "z", kenlm.State()) * LN10
        assert unknown == pytest.approx(math.log(reference.prob(context, "<unk>")), abs=2e-3)


@settings(max_examples=15, deadline=None)
@given(
    texts=st.lists(st.lists(st.sampled_from("abc"), max_size=6), min_size=1, max_size=12),
    prune=st.sampled_from([(), (0, 0, 1), (0, 1), (0, 1, 2, 3)]),
    order=st.integers(2, 4),
)
def test_every_distribution_sums_to_one(
    texts: list[list[str]],
    prune: tuple[int, ...],
    order: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    if not any(texts):
        with pytest.raises(UsageError, match="no text"):
            estimate(texts, order=order, prune=prune)
        return
    model = arpa(estimate(texts, order=order, prune=prune), tmp_path_factory.mktemp("lm") / "a")
    words = {w for text in texts for w in text} | {"</s>", "<unk>"}
    for context in contexts("abc", 2):
        state = state_after(model, context)
        total = sum(10 ** model.BaseScore(state, w, kenlm.State()) for w in words)
        assert total == pytest.approx(1, abs=2e-3)


def test_pruning_drops_rare_ngrams_and_no_part_of_a_kept_one() -> None:
    texts = [list("abcde")] * 5 + [list("xyz"), list("ybc")]
    full, pruned = estimate(texts, order=3), estimate(texts, order=3, prune=(0, 0, 1))
    assert pruned.sizes[0] == full.sizes[0]
    assert pruned.sizes[2] < full.sizes[2]
    for order, shorter in zip(pruned.orders[1:], pruned.orders, strict=False):
        assert shorter.kept[order.prefix[order.kept]].all()


@pytest.mark.parametrize("order", [1, 7])
def test_order_beyond_what_kenlm_reads_is_refused(order: int) -> None:
    with pytest.raises(UsageError, match="order"):
        estimate([["a"]], order=order)


def test_words_are_characters_and_runs() -> None:
    assert words_of("Ｂ42栋 12号") == ["<l>", "<d>", "栋", "<sp>", "<d>", "号"]
    assert [c for c in "9九A（国·" if is_scored(c)] == ["九", "国"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    """A model that knows of companies, and of one number."""
    folder = tmp_path_factory.mktemp("tiny")
    texts = ["北京科技有限公司", "上海科技有限公司", "天津贸易有限公司", "广州88号", "日日"] * 20
    build_language(texts, folder, order=4, prune=())
    return load_language(folder)


ALPHABET = Alphabet(("", *"北京科技有限公司同日8B4栋9号"))


def lattice_of(*frames: dict[str, float]) -> Lattice:
    """One frame a dictionary of probabilities; the rest goes to the blank, then to all."""
    probs = np.full((len(frames), len(ALPHABET)), 1e-6)
    for row, frame in zip(probs, frames, strict=True):
        for symbol, prob in frame.items():
            row[ALPHABET.symbols.index(symbol)] = prob
        row[0] = max(1e-6, 1 - row[1:].sum())
    return Lattice(np.log(probs / probs.sum(axis=1, keepdims=True)).astype(np.float32), ALPHABET)


def printed(text: str, **doubts: float) -> Lattice:
    """A lattice of ``text`` in which ``doubts`` name a look-alike and its probability."""
    frames: list[dict[str, float]] = []
    for char in text:
        other = {k: v for k, v in doubts.items() if k != char}
        frames += [{char: 0.999} if char not in LOOK_ALIKE else {}, {}]
        if char in LOOK_ALIKE:
            alike = LOOK_ALIKE[char]
            share = other.get(alike, 0.0)
            frames[-2] = {char: 0.999 - share} | ({alike: share} if share else {})
    return lattice_of(*frames)


LOOK_ALIKE = {"同": "司", "8": "日", "日": "8", "4": "9"}


def test_a_doubtful_character_is_settled_by_the_language(tiny: LanguageModel) -> None:
    lattice = printed("北京科技有限公同", 司=0.4)
    assert decode_free(lattice).candidates[0].text == "北京科技有限公同"
    assert decode_fused(lattice, tiny).candidates[0].text == "北京科技有限公司"


def test_a_clear_character_is_not_overruled(tiny: LanguageModel) -> None:
    lattice = printed("北京科技有限公同", 司=0.0005)
    assert decode_fused(lattice, tiny).candidates[0].text == "北京科技有限公同"


@pytest.mark.parametrize("text", ["B4栋", "4号", "B4"])
def test_digits_are_judged_by_the_picture_alone(tiny: LanguageModel, text: str) -> None:
    for share in (0.3, 0.45, 0.55):
        lattice = printed(text, **{"9": share})
        expected, found = decode_free(lattice).candidates[0], decode_fused(lattice, tiny).candidates
        assert found[0].text == expected.text
        assert found[0].logp == pytest.approx(expected.logp, abs=1e-3)


def test_a_digit_does_not_become_a_likelier_character(tiny: LanguageModel) -> None:
    lattice = printed("日8", 日=0.45)
    best, second = decode_fused(lattice, tiny).candidates[:2]
    assert (best.text, second.text) == ("日8", "日日")
    assert sum(second.terms.values()) > sum(best.terms.values())  # so it would have, by the sums


def test_text_without_chinese_is_left_as_it_is(tiny: LanguageModel) -> None:
    lattice = lattice_of({"B": 0.6, "8": 0.39}, {}, {"8": 0.5, "9": 0.4}, {}, {"4": 0.9})
    before, after = decode_free(lattice), decode_fused(lattice, tiny)
    assert [c.text for c in after.candidates] == [c.text for c in before.candidates]
    for old, new in zip(before.candidates, after.candidates, strict=True):
        assert new.logp == pytest.approx(old.logp, abs=1e-9)
        assert new.terms == {"ctc": pytest.approx(old.logp), "lm": 0, "length": 0}


rows = st.lists(st.floats(-4, 4), min_size=5, max_size=5)


@settings(max_examples=40, deadline=None)
@given(frames=st.lists(rows, min_size=1, max_size=5))
def test_fused_search_equals_scoring_every_text(
    tiny: LanguageModel, frames: list[list[float]]
) -> None:
    alphabet = Alphabet(("", *"公司同8"))
    logits = np.array(frames)
    logp = (logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)).astype(np.float32)
    lattice = Lattice(logp, alphabet)
    mass: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for length in range(len(frames) + 1):
        for labels in itertools.product(range(1, 5), repeat=length):
            text = "".join(alphabet.symbols[v] for v in labels)
            ctc, share = string_logp(logp, labels, 0), tiny.share(text)
            mass["".join(c for c in text if c == "8")][text] = ctc, ctc + share.lm + share.length
    expected = {}
    for group in mass.values():
        ctc_sum = np.logaddexp.reduce([ctc for ctc, _ in group.values()])
        if ctc_sum == -math.inf:
            continue
        total_sum = np.logaddexp.reduce([total for _, total in group.values()])
        expected |= {t: math.exp(total - total_sum + ctc_sum) for t, (_, total) in group.items()}
    found = decode_fused(lattice, tiny, nbest=2000).candidates
    # What neither the beam nor the lattice's own n-best holds is lost; here that is next to none.
    assert {c.text: math.exp(c.logp) for c in found[:3]} == pytest.approx(
        {c.text: expected[c.text] for c in found[:3]}, abs=0.02
    )
    assert math.exp(found[0].logp) == pytest.approx(max(expected.values()), abs=0.02)


@settings(max_examples=40, deadline=None)
@given(logps=st.lists(st.floats(-30, -1), min_size=1, max_size=5))
def test_language_divides_the_mass_and_adds_none(tiny: LanguageModel, logps: list[float]) -> None:
    texts = ["北京", "公司", "公同", "88号", "科技有限"][: len(logps)]
    mass = np.logaddexp.reduce(logps)
    scale = min(0.0, -mass)
    given_ = tuple(
        Candidate(t, lp + scale, {"ctc": lp}) for t, lp in zip(texts, logps, strict=True)
    )
    found = rescore(Decoded(given_, 0.0, "", True), tiny).candidates
    assert np.logaddexp.reduce([c.logp for c in found]) == pytest.approx(mass + scale)
    assert [c.logp for c in found] == sorted((c.logp for c in found), reverse=True)
    for candidate in found:
        assert candidate.terms["ctc"] == next(c.logp for c in given_ if c.text == candidate.text)


def test_share_is_the_sum_of_the_steps(tiny: LanguageModel) -> None:
    context, total = tiny.start(), 0.0
    for symbol in "北京88号公司":
        score, context = tiny.extend(context, symbol)
        total += score
    share = tiny.share("北京88号公司")
    assert share.lm + share.length == pytest.approx(total)
    assert share.length == pytest.approx(5 * tiny.card.beta)


def test_shipped_model_knows_business(tmp_path: Path) -> None:
    model = load_language("zh-business")
    assert "zh-business" in language_names()
    assert model.logp("杭州某某科技有限公司") > model.logp("杭州某某科技有限公同") + 5
    assert evaluate(model, ["杭州某某科技有限公司"]).perplexity < 100


def test_same_texts_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        build_language(list(TEXTS), tmp_path / name, order=3, prune=())
    one, two = ((tmp_path / n / "lm.arpa.gz").read_bytes() for n in ("one", "two"))
    assert one == two


def test_build_and_eval_from_the_command_line(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("北京科技有限公司\n\n上海贸易有限公司\n" * 9, "utf-8")
    run = CliRunner().invoke(app, ["lm", "build", str(corpus), "-o", str(tmp_path / "mine")])
    assert run.exit_code == 0, run.output
    run = CliRunner().invoke(app, ["lm", "eval", str(tmp_path / "mine"), str(corpus)])
    assert "18 texts, 162 words, perplexity" in run.output
    run = CliRunner().invoke(app, ["lm", "build", str(corpus), "-o", "x", "--prune", "1,b"])
    assert run.exit_code == 2


def test_wrong_name_says_which_are_known() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'zh-business'"):
        load_language("zh-busines")


@pytest.mark.parametrize(
    ("card", "ngrams", "says"),
    [
        (CARD, b"\\data\\\nngram 1=2\n", "not a language model that KenLM can load"),
        (CARD, b"\x1f\x8b\x08 broken", "not a language model that KenLM can load"),
        (CARD, b"", "not a language model that KenLM can load"),
        (CARD, None, "there is no such file"),
        (CARD + "alpha: -1\n", b"", "alpha"),
        (CARD + "alfa: 1\n", b"", "alfa"),
        ("- 1\n", b"", "not a readable language card"),
        ("\t:", b"", "not a readable language card"),
    ],
)
def test_broken_model_is_one_clear_line(
    card: str, ngrams: bytes | None, says: str, tmp_path: Path
) -> None:
    (tmp_path / "lm.yaml").write_text(card, "utf-8")
    if ngrams is not None:
        (tmp_path / "lm.arpa.gz").write_bytes(ngrams)
    with pytest.raises(ModelError, match=says) as caught:
        load_language(tmp_path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_corpus_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(b"ok\n\xff\xfe")
    with pytest.raises(SourceError, match="not UTF-8 at byte 3"):
        read_texts(tmp_path / "c")
    with pytest.raises(SourceError, match="one text a line"):
        read_texts(tmp_path / "none")


FORM = """\
docextract: 1
name: form
page: {width: 100, height: 100}
layouts: [{name: a}]
fields:
"""


def form(folder: Path, field: str) -> Template:
    (folder / "form.yaml").write_text(f"{FORM}  seller: {field}\n", "utf-8")
    return load_template(folder / "form.yaml")


@pytest.mark.parametrize("type_name", ["digits", "person", "barcode"])
def test_only_free_text_takes_a_language_model(type_name: str, tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"fields.seller.lm .*Only free text"):
        form(tmp_path, f"{{type: {type_name}, box: [1, 1, 50, 9], lm: zh-business}}")


def extractor(lm: str) -> Extractor:
    template = load_template("invoice")
    seller = template.fields["seller"].model_copy(update={"lm": lm})
    return Extractor(template.model_copy(update={"fields": {**template.fields, "seller": seller}}))


def test_template_with_a_wrong_or_broken_model_is_refused_before_page_one(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"fields.seller.lm: .*Did you mean 'zh-business'"):
        extractor("zh-busines")
    (tmp_path / "lm.yaml").write_text(CARD, "utf-8")
    (tmp_path / "lm.arpa.gz").write_bytes(b"no n-grams")
    with pytest.raises(ModelError, match="not a language model"):
        extractor(f"{tmp_path}/")


def test_none_switches_it_off() -> None:
    image = np.full((48, 300, 3), 255, np.uint8)
    cv2.putText(image, "Lot 12", (20, 36), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0, 0, 0), 3)
    (with_lm,), (without,) = (read_lines([image], "text", lm=lm) for lm in (None, "none"))
    assert with_lm.value == without.value == "Lot 12"
    assert set(with_lm.candidates[0].terms) == {"ctc", "lm", "length"}
    assert set(without.candidates[0].terms) == {"ctc"}
