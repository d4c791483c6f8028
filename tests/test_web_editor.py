"""The template editor as an author uses it: a real server, a real browser, drawn papers."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest
from service_client import http, problem
from test_web import BROWSER_OPTIONS, CHROMIUM, WAIT_MS, Served, served
from till import filled, form
from typer.testing import CliRunner

from docextract.cli.main import app
from docextract.service.keys import Scope, add_key
from docextract.template import load_template

pytest.importorskip("nicegui", reason="the extra [web] is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@dataclass(frozen=True)
class Studio:
    """A service with a folder of templates, and an author's key."""

    server: Served
    templates: Path
    author: str


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("served")
    templates = folder / "templates"
    templates.mkdir()
    author = add_key(folder / "keys.json", "author", [Scope.TEMPLATES, Scope.EXTRACT])
    with served(folder, templates / "none.yaml", keys=True) as found:
        yield Studio(found, templates, author)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two filled forms and a third, 3 % smaller and turned a little."""
    folder = tmp_path_factory.mktemp("samples")
    papers = [
        filled("123456", "12.30", "4.50", "16.80"),
        filled("654321", "10.00", "4.50", "14.50"),
    ]
    turn = cv2.getRotationMatrix2D((450, 300), 1.5, 0.97)
    white = (255, 255, 255)
    papers.append(cv2.warpAffine(papers[1], turn, (900, 600), borderValue=white))
    paths = [folder / f"{number}.png" for number in range(len(papers))]
    for path, paper in zip(paths, papers, strict=True):
        cv2.imwrite(str(path), paper)
    return paths


class Author:
    """What an author does with mouse and keyboard; lengths are in template units."""

    def __init__(self, page: playwright.Page) -> None:
        self.page = page

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        sheet = self.page.locator(".boxes svg").bounding_box()
        assert sheet is not None
        scale = sheet["width"] / 900
        mouse = self.page.mouse
        mouse.move(sheet["x"] + start[0] * scale, sheet["y"] + start[1] * scale)
        mouse.down()
        mouse.move(sheet["x"] + end[0] * scale, sheet["y"] + end[1] * scale, steps=4)
        mouse.up()

    def set(self, key: str, text: str) -> None:
        self.page.fill(f".key-{key} input", text)
        self.page.keyboard.press("Enter")

    def choose(self, select: str, option: str) -> None:
        self.page.click(select)
        self.page.click(f".q-item:has(:text-is('{option}'))")
        self.page.wait_for_selector(".q-menu", state="detached")

    def turn_to(self, field: str) -> None:
        """Choose a field, and wait for its form."""
        self.page.click(".part-fields")
        self.page.click(f"[data-field={field}]")
        self.page.wait_for_function(
            "name => document.querySelector('.key-field-name input')?.value === name", arg=field
        )

    def text(self) -> str:
        """The YAML, as the text area has it."""
        self.page.click(".part-yaml")
        return str(self.page.input_value(".yaml textarea"))

    def wait_for_text(self, part: str) -> None:
        self.page.click(".part-yaml")
        self.page.wait_for_function(
            "part => document.querySelector('.yaml textarea')?.value.includes(part)", arg=part
        )

    def box(self, name: str) -> list[float]:
        rect = f"[data-box='{name}'] .place"
        return [
            float(str(self.page.get_attribute(rect, side)))
            for side in ("x", "y", "width", "height")
        ]


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=BROWSER_OPTIONS)
        yield opened
        opened.close()


def signed_in(browser: playwright.Browser, server: Served, key: str) -> playwright.Page:
    """The page of templates, in a window that knows nothing of others."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(server.url)
    page.fill("#key", key)
    page.keyboard.press("Enter")
    page.click("nav >> text=Templates")
    return page


@pytest.fixture
def author(studio: Studio, browser: playwright.Browser) -> Iterator[Author]:
    page = signed_in(browser, studio.server, studio.author)
    errors: list[str] = []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.wait_for_selector(".dropping-button")
    yield Author(page)
    page.context.close()
    assert errors == []
    assert "Traceback" not in studio.server.log.read_text()


def test_a_template_is_drawn_tried_changed_by_hand_and_saved(
    studio: Studio, samples: list[Path], author: Author, tmp_path: Path
) -> None:
    page = author.page
    page.set_input_files("input[type=file]", samples)
    page.wait_for_selector("li.file >> nth=2")
    page.fill(".template-name input", "till")
    page.click("text=Start without fields")
    page.wait_for_selector(".boxes svg image")

    # A box is drawn, becomes a field of a type with an option, and gets a name.
    author.drag((341, 41), (600, 130))
    page.wait_for_selector("[data-field=field_1]")
    author.choose(".key-field-type", "digits")
    page.wait_for_selector(".key-length")
    author.set("length", "6")
    author.set("field-name", "number")
    page.wait_for_selector("[data-field=number]")
    author.wait_for_text("number: {type: digits, box: [341, 41, 259, 89], length: 6}")

    # It is moved by the mouse, resized by a grip and by keys, and undone.
    author.drag((400, 60), (420, 75))
    author.wait_for_text("box: [361, 56, 259, 89]")
    author.drag((620, 145), (600, 150))
    author.wait_for_text("box: [361, 56, 239, 94]")
    page.click(".part-fields")
    page.focus("[data-box=number]")
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight", "Control+ArrowLeft"):
        page.keyboard.press(key)
    page.click("[data-field=number]")  # boxes come anew before the keys were told
    author.wait_for_text("box: [350, 55, 240, 94]")
    assert author.box("number") == [350, 55, 240, 94]
    page.click("[title=Undo]")
    author.wait_for_text("box: [361, 56, 239, 94]")

    # The text is changed by hand: boxes and fields follow, and mistakes are told in words.
    written = author.text().replace("[361, 56, 239, 94]", "[340, 40, 260, 90]")
    more = "".join(
        f"  {name}: {{type: amount, box: [340, {y}, 260, {height}]}}  # {name} of the till\n"
        for name, y, height in (("amount", 165, 120), ("tax", 310, 120), ("total", 450, 110))
    )
    page.fill(".yaml textarea", written + more.replace("amount, box", "amont, box", 1))
    page.wait_for_selector(".mistake >> text=Did you mean 'amount'")
    page.fill(".yaml textarea", written + more)
    page.wait_for_selector(".no-mistakes")
    page.wait_for_selector("[data-box=total]")
    assert author.box("number") == [340, 40, 260, 90]

    # A rule says what is wrong with it; then it is right, and stays in step with names.
    page.click(".part-fields")
    page.fill(".new-rule input", "total == amount + taxes")
    page.keyboard.press("Enter")
    page.wait_for_selector(".rule .mistake >> text=No field is called 'taxes'")
    page.fill(".rule .rule-text input", "total == amount + tax")
    page.keyboard.press("Enter")
    page.wait_for_selector(".no-mistakes")
    author.turn_to("tax")
    author.set("field-name", "vat")
    author.wait_for_text("- total == amount + vat")
    assert "# tax of the till" in author.text()

    # All samples are read by it, and the third is laid on the form, where its values are in place.
    page.click("text=Paint the values out")
    page.click(".try")
    page.wait_for_function("document.querySelectorAll('.tried .field').length === 12")
    values = page.locator(".tried >> nth=2 >> .value").all_inner_texts()
    assert values == ["654321", "10.00", "4.50", "14.50"]
    page.click(".file-button >> nth=2")
    page.wait_for_selector(".box.sure[data-box=vat]")

    # It is saved and served; what was downloaded reads papers on the command line, too.
    with page.expect_download() as packed:
        page.click("[aria-label='Download ZIP']")
    archive = zipfile.ZipFile(io.BytesIO(Path(packed.value.path()).read_bytes()))
    assert archive.namelist() == ["till.yaml", "till.png"]
    archive.extractall(tmp_path)
    run = CliRunner().invoke(app, ["run", "-t", str(tmp_path / "till.yaml"), str(samples[0])])
    assert json.loads(run.stdout.splitlines()[0])["values"]["total"] == "16.80"
    blank = cv2.imread(str(tmp_path / "till.png"))
    assert (blank[170:280, 345:595] > 200).all(), "values are painted out of the reference"
    assert abs(blank[30:34, 40:600].astype(int) - form()[30:34, 40:600]).max() < 60

    page.click(".save")
    page.wait_for_selector("text=Saved; it reads from now on: till")
    assert sorted(one.name for one in studio.templates.iterdir()) == ["till.png", "till.yaml"]
    assert load_template(studio.templates / "till.yaml").fields["vat"].title == ""
    answer = http.post(
        f"{studio.server.url}/extract?template=till",
        headers={"Authorization": f"Bearer {studio.author}"},
        files={"file": ("a.png", samples[0].read_bytes())},
    )
    assert answer.json()["pages"][0]["record"]["vat"] == "4.50"


def test_a_shipped_template_is_opened_and_never_overwritten(studio: Studio, author: Author) -> None:
    page = author.page
    author.choose(".chooser", "增值税专用发票 · invoice_special")
    page.wait_for_selector("[data-box=total]")
    shipped = Path("templates/invoice_special.yaml").read_text("utf-8")
    assert author.text() == shipped
    page.click(".save")
    page.wait_for_selector("text=is a shipped template's name")
    page.fill(".template-name input", "my_invoice")
    page.keyboard.press("Enter")
    author.wait_for_text("name: my_invoice")
    author.turn_to("seller")
    author.choose(".key-lexicon", "banks")
    author.wait_for_text("lexicon: banks")
    page.click("text=中文")
    changed = author.text().splitlines()
    assert len([line for line in changed if line in shipped.splitlines()]) == len(changed) - 3
    page.click("text=保存到服务")
    page.wait_for_selector("text=已保存，可用于识别：my_invoice")
    assert (studio.templates / "my_invoice.png").is_file()


def test_a_key_for_other_things_makes_no_templates(
    studio: Studio, browser: playwright.Browser
) -> None:
    page = signed_in(browser, studio.server, studio.server.key)
    page.wait_for_selector("text=It needs the scope templates")
    cookies = page.context.cookies(f"{studio.server.url}/ui")
    token = next(c["value"] for c in cookies if c["name"] == "docextract_session")
    page.context.close()
    cookie = {"cookie": f"docextract_session={token}"}
    for path in ("template.zip", "template.yaml", "pictures/x"):
        answer = http.get(f"{studio.server.url}/ui/workshops/x/{path}", headers=cookie)
        problem(answer, 403, "wrong-scope")
