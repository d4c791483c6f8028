"""The pages as a browser sees them: python benchmarks/web.py [--rounds N] [--picture PNG]

Starts the service, opens the extract page in a headless Chromium and drops drawn invoices on it,
one after the other. Prints the median seconds from the server's start until models are loaded, from
there until the page can be used, and from a file's drop until its record is shown; and the CPU
seconds of server and browser, which say more than the clock on a machine that has other work.
--picture draws docs/web.png: the page with two invoices. --editor-picture draws docs/editor.png:
the template editor with a template that was proposed from two drawn delivery notes.
"""

from __future__ import annotations

import argparse
import shutil
import time
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import cv2
import psutil
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from served import served

from docextract.synth.notes import draw_note

INVOICES = sorted(Path("templates/invoice").glob("*.jpg"))
WAIT_MS = 120_000
COLORS = 256  # of the picture, so that its file is small
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def cpu_s() -> float:
    """CPU seconds of this process's children: server and browser."""
    total = 0.0
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def opened(browser: Browser, url: str) -> tuple[Page, float]:
    """A page that can be used, and the seconds until it could."""
    page = browser.new_page(locale="zh-CN", viewport={"width": 1400, "height": 860})
    page.set_default_timeout(WAIT_MS)
    started = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(".dropping-button")
    return page, time.perf_counter() - started


def drop(page: Page, file: Path, *, files: int) -> float:
    """The seconds from dropping a file until its record is shown."""
    started = time.perf_counter()
    page.set_input_files("input[type=file]", file)
    page.wait_for_function(
        "n => document.querySelectorAll('.file .accepted, .file .review').length === n", arg=files
    )
    return time.perf_counter() - started


def choose_invoice(page: Page) -> None:
    page.click(".chooser")
    page.click(".q-item:has-text('· invoice') >> nth=0")


def draw(page: Page, to: Path) -> None:
    """The page as it is, with the field to check marked, in few colours."""
    page.click(".file-button >> nth=1")
    page.wait_for_function("document.querySelector('.viewer image')?.getBBox().width > 100")
    page.wait_for_timeout(500)  # until the picture is decoded
    page.keyboard.press("n")
    save(page, to)


def save(page: Page, to: Path) -> None:
    """The page in few colours."""
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLORS, dither=Image.Dither.NONE).save(to, optimize=True)


def draw_editor(browser: Browser, to: Path) -> None:
    """The editor with a template proposed from two drawn notes, and tried on them."""
    with TemporaryDirectory() as folder, served("--templates", folder) as start:
        for seed in (1, 3):
            picture, _ = draw_note("delivery", seed)
            cv2.imwrite(f"{folder}/0{seed}.png", picture)
        page, _ = opened(browser, f"{start.url}/ui/editor")
        page.set_input_files("input[type=file]", [f"{folder}/01.png", f"{folder}/03.png"])
        page.wait_for_selector(".beginning .main-button")
        page.fill(".template-name input", "delivery")
        page.click(".beginning .main-button")
        page.wait_for_selector("[data-box=date]")
        page.click(".try")
        page.wait_for_selector(".tried .field")
        page.click(".part-fields")
        page.click("[data-field=date]")
        page.wait_for_selector(".box.chosen[data-box=date]")
        page.wait_for_timeout(1500)  # until the picture is decoded
        save(page, to)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--editor-picture", type=Path)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    asked = parser.parse_args()
    ready, first, dropped, spent = [], [], [], []
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=asked.chromium, args=OPTIONS)
        for _ in range(asked.rounds):
            with served("--preload", "invoice") as start:
                ready.append(start.ready_s)
                page, first_s = opened(browser, start.url)
                first.append(first_s)
                choose_invoice(page)
                for number, invoice in enumerate(INVOICES, 1):
                    before_s = cpu_s()
                    dropped.append(drop(page, invoice, files=number))
                    spent.append(cpu_s() - before_s)
                page.close()
        if asked.picture:
            with served("--preload", "invoice") as start:
                page, _ = opened(browser, start.url)
                choose_invoice(page)
                drop(page, INVOICES[0], files=1)
                drop(page, INVOICES[4], files=2)
                draw(page, asked.picture)
        if asked.editor_picture:
            draw_editor(browser, asked.editor_picture)
        browser.close()
    if not ready:
        return
    print(f"server started until models are loaded: {median(ready):.2f} s (n = {len(ready)})")
    print(f"page opened until it can be used:       {median(first):.2f} s (n = {len(first)})")
    print(f"invoice dropped until its record shows: {median(dropped):.2f} s (n = {len(dropped)})")
    print(f"  CPU of server and browser:            {median(spent):.2f} s")


if __name__ == "__main__":
    main()
