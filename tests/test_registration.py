"""Pages are placed to a part of a unit, and what is another thing is refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from docextract.errors import RegistrationError, TemplateError, UnknownName
from docextract.pipeline import Extractor
from docextract.registration import Form, Placer, findable, rectangle
from docextract.registration.quads import apply, perspective
from docextract.resources import resource_dir
from docextract.template import load_template
from docextract.types import Page, Sheet

TEMPLATES = resource_dir("templates")
TEMPLATE = load_template("invoice")
SIZE_U = (2400.0, 1550.0)
CARD_U = (1000.0, 630.0)
CARD_VALUES = np.array([[300, 150, 380, 60], [300, 250, 380, 60], [300, 350, 380, 60]], float)
DESK = (62, 78, 96)
NEAR_U = 2.0


def picture(name: str) -> np.ndarray:
    return cv2.imread(str(TEMPLATES / name))


def seen(
    size_u: tuple[float, float], long_side_px: int, turn: float, tilt: tuple[float, float]
) -> tuple[np.ndarray, tuple[int, int]]:
    """Template units to px as a camera sees the turned (degrees, clockwise), tilted sheet."""
    ax, ay, az = np.radians([*tilt, turn])
    about_x = [[1, 0, 0], [0, np.cos(ax), -np.sin(ax)], [0, np.sin(ax), np.cos(ax)]]
    about_y = [[np.cos(ay), 0, np.sin(ay)], [0, 1, 0], [-np.sin(ay), 0, np.cos(ay)]]
    about_z = [[np.cos(az), -np.sin(az), 0], [np.sin(az), np.cos(az), 0], [0, 0, 1]]
    width, height = size_u
    sheet = np.c_[rectangle(-width / 2, -height / 2, width, height), np.zeros(4)]
    in_space = sheet @ (np.array(about_x) @ about_y @ about_z).T
    flat = in_space[:, :2] / (in_space[:, 2:] + 1.5 * max(size_u))
    flat = (flat - flat.min(axis=0)) * 0.92 * long_side_px / np.ptp(flat, axis=0).max()
    corners = flat + 0.04 * long_side_px
    right, bottom = np.ceil(corners.max(axis=0) + 0.04 * long_side_px).astype(int)
    return perspective(rectangle(0, 0, width, height), corners), (int(right), int(bottom))


def units_of(image: np.ndarray, size_u: tuple[float, float]) -> np.ndarray:
    """Px of a flat picture of the whole form to template units."""
    sx, sy = size_u[0] / image.shape[1], size_u[1] / image.shape[0]
    return np.array([[sx, 0, sx / 2], [0, sy, sy / 2], [0, 0, 1.0]])


def scene(
    flat: np.ndarray,
    size_u: tuple[float, float] = SIZE_U,
    *,
    long_side_px: int = 1500,
    turn: float = 0,
    tilt: tuple[float, float] = (0, 0),
) -> tuple[np.ndarray, np.ndarray]:
    """A noisy picture of the sheet on a desk, and the true homography from units to its px."""
    truth, (width, height) = seen(size_u, long_side_px, turn, tilt)
    twice = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1.0]])
    big = cv2.warpPerspective(
        flat,
        twice @ truth @ units_of(flat, size_u),
        (2 * width, 2 * height),
        dst=np.full((2 * height, 2 * width, 3), DESK, np.uint8),
        borderMode=cv2.BORDER_TRANSPARENT,
    )
    small = cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(long_side_px).normal(0, 2, small.shape)
    return np.clip(0.9 * small + noise, 0, 255).astype(np.uint8), truth


def off_u(sheet: Sheet, truth: np.ndarray, boxes: np.ndarray) -> float:
    """How far the worst box corner is from its true place, in template units."""
    corners = np.concatenate([rectangle(*box) for box in boxes])
    found = apply(np.linalg.inv(truth), sheet.to_page(corners))
    return float(np.linalg.norm(found - corners, axis=1).max())


def boxes(layout: str) -> np.ndarray:
    return np.array([TEMPLATE.box(name, layout) for name in TEMPLATE.fields], float)


def invoice_placer(*methods: str) -> Placer:
    forms = [
        Form(name, SIZE_U, picture(f"invoice-{name}.png"), (rectangle(*at),), boxes(name))
        for name, at in ((n, TEMPLATE.box("qr", n)) for n in "ab")
    ]
    return Placer(forms, method_names=methods)


@pytest.fixture(scope="module")
def placer() -> Placer:
    return invoice_placer()


def views() -> list[tuple[str, str, int, float, tuple[float, float]]]:
    rng = np.random.default_rng(11)
    flats = (("a", "invoice-a.png"), ("b", "invoice/03-b.jpg"))
    flats += (("a", "invoice/01-a.jpg"), ("b", "invoice-b.png"))
    return [
        (
            *flats[(i + i // 4) % 4],
            int(rng.integers(1000, 2301)),
            90 * (i % 4) + float(rng.uniform(-8, 8)),
            tuple(rng.uniform(-20, 20, 2).tolist()),
        )
        for i in range(24)
    ]


@pytest.mark.parametrize(("layout", "file", "side_px", "turn", "tilt"), views())
def test_fields_are_found_whatever_the_viewpoint(placer, layout, file, side_px, turn, tilt):
    image, truth = scene(picture(file), long_side_px=side_px, turn=turn, tilt=tilt)
    sheet = placer.place(Page(image))
    assert sheet.layout == layout
    assert off_u(sheet, truth, boxes(layout)) < NEAR_U
    assert sheet.score > 0.95
    assert sheet.residual_px < 0.5
    assert abs((sheet.turn - round(turn / 90) * 90 + 180) % 360 - 180) < 25


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_form_cut_off_by_a_tenth_is_still_placed(placer, side):
    whole = picture("invoice/01-a.jpg")
    height, width = whole.shape[:2]
    x, y = round(0.1 * width), round(0.1 * height)
    rows, columns, shift = {
        "left": (slice(None), slice(x, None), (x, 0)),
        "right": (slice(None), slice(width - x), (0, 0)),
        "top": (slice(y, None), slice(None), (0, y)),
        "bottom": (slice(height - y), slice(None), (0, 0)),
    }[side]
    truth = np.linalg.inv(units_of(whole, SIZE_U))
    truth[:2, 2] -= shift
    sheet = placer.place(Page(np.ascontiguousarray(whole[rows, columns])))
    assert off_u(sheet, truth, boxes("a")) < NEAR_U


@pytest.mark.parametrize("sigma_px", [1, 2, 3])
def test_a_blurred_page_is_still_placed(placer, sigma_px):
    image, truth = scene(picture("invoice/01-a.jpg"), turn=4, tilt=(8, -6))
    sheet = placer.place(Page(cv2.GaussianBlur(image, (0, 0), sigma_px)))
    assert off_u(sheet, truth, boxes("a")) < NEAR_U


def bent(image: np.ndarray, depth_px: float) -> np.ndarray:
    """The picture with its rows pushed down in the shape of half a wave."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    pushed = (y - depth_px * np.sin(np.pi * x / width)).astype(np.float32)
    return cv2.remap(image, x, pushed, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def test_the_residual_grows_and_the_score_falls_with_a_bend(placer):
    flat = picture("invoice/01-a.jpg")
    sheets = [placer.place(Page(bent(flat, depth_px))) for depth_px in (0, 1.5, 3)]
    residuals = [sheet.residual_px for sheet in sheets]
    assert residuals[0] < 0.15
    assert residuals[0] + 0.1 < residuals[1] < residuals[2]
    assert sheets[2].score <= sheets[0].score


def letter() -> np.ndarray:
    """A page full of lines of text."""
    page, rng = np.full((1600, 1200, 3), 250, np.uint8), np.random.default_rng(3)
    for y in range(120, 1500, 34):
        words = ("".join(rng.choice(list("abcdeghinorstu"), rng.integers(2, 9))) for _ in range(9))
        at = (90, y)
        cv2.putText(page, " ".join(words), at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20, 20, 20), 1)
    return page


def grid(columns: int, rows: int) -> np.ndarray:
    page = np.full((900, 1300, 3), 255, np.uint8)
    for x in np.linspace(40, 1260, columns + 1).astype(int).tolist():
        cv2.line(page, (x, 40), (x, 860), (0, 0, 0), 2)
    for y in np.linspace(40, 860, rows + 1).astype(int).tolist():
        cv2.line(page, (40, y), (1260, y), (0, 0, 0), 2)
    return page


def gradient() -> np.ndarray:
    across = np.tile(np.linspace(20, 230, 1400), (900, 1))
    down = np.tile(np.linspace(200, 30, 900)[:, None], (1, 1400))
    return np.dstack([across, down, (across + down) / 2]).astype(np.uint8)


OTHER_THINGS = {
    "noise": lambda: np.random.default_rng(0).integers(0, 256, (900, 1300, 3), dtype=np.uint8),
    "white": lambda: np.full((900, 1300, 3), 255, np.uint8),
    "black": lambda: np.zeros((900, 1300, 3), np.uint8),
    "gradient": gradient,
    "letter": letter,
    "letter upside down": lambda: np.ascontiguousarray(letter()[::-1, ::-1]),
    "table": lambda: grid(5, 12),
    "sparse table": lambda: grid(2, 4),
    "dense table": lambda: grid(30, 60),
    "squared paper": lambda: grid(60, 60),
    "ruled paper": lambda: grid(1, 40),
    "mirrored form": lambda: cv2.flip(picture("invoice/01-a.jpg"), 1),
    "hopeless blur": lambda: cv2.GaussianBlur(picture("invoice/01-a.jpg"), (0, 0), 10),
    "40 px": lambda: np.full((40, 40, 3), 255, np.uint8),
    "form of 40 px": lambda: cv2.resize(picture("invoice/01-a.jpg"), (40, 40)),
    "1 px": lambda: np.zeros((1, 1, 3), np.uint8),
    "a strip": lambda: np.zeros((3, 2000, 3), np.uint8),
}


@pytest.mark.parametrize("thing", OTHER_THINGS)
def test_other_things_are_refused_with_advice(placer, thing):
    page = Page(OTHER_THINGS[thing](), source="in.jpg", number=3)
    with pytest.raises(RegistrationError, match=r"another kind of document, cut off") as caught:
        placer.place(page)
    assert str(caught.value).startswith("in.jpg page 3: no layout (a, b) fits")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("method", ["edges", "lines", "features", "barcode"])
def test_each_method_alone_places_an_easy_page(method):
    image, truth = scene(picture("invoice/01-a.jpg"), turn=3)
    sheet = invoice_placer(method).place(Page(image))
    assert sheet.method == method
    assert sheet.layout == "a"
    assert off_u(sheet, truth, boxes("a")) < NEAR_U


def test_an_unknown_method_names_the_near_ones():
    with pytest.raises(UnknownName, match=r"'edge'.*Did you mean.*'edges'"):
        invoice_placer("edge")


def card(seed: int | None = None) -> np.ndarray:
    """A card of print without ruling lines; with a seed, filled in."""
    image = np.full((630, 1000, 3), (235, 240, 238), np.uint8)
    ink, serif = (120, 60, 30), cv2.FONT_HERSHEY_COMPLEX
    cv2.putText(image, "MEMBER CARD", (250, 90), cv2.FONT_HERSHEY_TRIPLEX, 1.8, ink, 3, cv2.LINE_AA)
    for y, word in ((190, "Name"), (290, "Born"), (390, "Town"), (520, "Number 7K")):
        cv2.putText(image, word, (70, y), serif, 1.3, ink, 2, cv2.LINE_AA)
    cv2.circle(image, (840, 260), 90, ink, 3)
    cv2.putText(image, "DX", (790, 285), cv2.FONT_HERSHEY_SCRIPT_COMPLEX, 2, ink, 3, cv2.LINE_AA)
    if seed is not None:
        rng = np.random.default_rng(seed)
        for x, y in CARD_VALUES[:, :2].astype(int).tolist():
            value = "".join(rng.choice(list("ABCDEFGHKLMNPRSTUVXYZ0123456789"), 8))
            cv2.putText(image, value, (x + 8, y + 45), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (20,) * 3, 3)
    return image


def card_form() -> Form:
    return Form("a", CARD_U, card(), values_u=CARD_VALUES)


@pytest.mark.parametrize("methods", [(), ("edges",), ("features",)])
@pytest.mark.parametrize("case", range(8))
def test_a_form_without_ruling_lines_is_placed_by_its_print(methods, case):
    rng = np.random.default_rng(case)
    tilt = tuple(rng.uniform(-18, 18, 2).tolist())
    side_px, turn = int(rng.integers(700, 2301)), 90 * (case % 4) + float(rng.uniform(-8, 8))
    image, truth = scene(card(case), CARD_U, long_side_px=side_px, turn=turn, tilt=tilt)
    sheet = Placer([card_form()], method_names=methods).place(Page(image))
    assert off_u(sheet, truth, CARD_VALUES) < NEAR_U
    assert sheet.score > 0.9


def test_the_residual_of_print_grows_with_a_bend():
    placer = Placer([card_form()])
    straight, curved = (placer.place(Page(bent(card(1), depth_px))) for depth_px in (0, 3))
    assert straight.residual_px < 0.2
    assert curved.residual_px > straight.residual_px + 0.3


@pytest.mark.parametrize("thing", ["noise", "white", "letter", "squared paper", "mirrored form"])
def test_other_things_are_no_card(thing):
    with pytest.raises(RegistrationError):
        Placer([card_form()]).place(Page(OTHER_THINGS[thing]()))


def test_a_blank_reference_cannot_be_found():
    assert findable(card_form())
    assert not findable(Form("a", CARD_U, np.full((630, 1000, 3), 255, np.uint8)))


YAML = """\
docextract: 1
name: slip
page: {width: 1000, height: 630}
layouts: [{name: a%s}]
fields: {code: {type: barcode, box: [50, 165, 250, 125]}}
"""


@pytest.mark.parametrize(
    ("reference", "cure"),
    [("", "is missing. Give a picture"), (", reference: slip.png", "Use a sharper picture")],
)
def test_a_layout_that_cannot_be_found_is_refused_before_page_one(tmp_path, reference, cure):
    cv2.imwrite(str(tmp_path / "slip.png"), np.full((630, 1000, 3), 255, np.uint8))
    path: Path = tmp_path / "slip.yaml"
    path.write_text(YAML % reference, "utf-8")
    with pytest.raises(TemplateError, match=rf"slip.yaml: layouts.a.reference .*{cure}"):
        Extractor(path)
