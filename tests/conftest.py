"""A small form of ruling lines and one QR code, read without a model; a service that reads it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import pytest
import zxingcpp

TEMPLATE = """\
docextract: 1
name: ticket
page: {width: 900, height: 600}
layouts: [{name: a, reference: ticket.png}]
fields:
  code: {type: barcode, box: [50, 165, 250, 125]}
"""

DrawTicket = Callable[[Path, str], Path]


def _blank_ticket() -> np.ndarray:
    form = np.full((600, 900, 3), 255, np.uint8)
    for x in (30, 330, 620, 870):
        cv2.line(form, (x, 30), (x, 570), (0, 0, 0), 3)
    for y in (30, 150, 300, 440, 570):
        cv2.line(form, (30, y), (870, y), (0, 0, 0), 3)
    return form


@pytest.fixture(scope="session")
def ticket_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The YAML file of the form, with its reference beside it."""
    folder = tmp_path_factory.mktemp("templates")
    cv2.imwrite(str(folder / "ticket.png"), _blank_ticket())
    (folder / "ticket.yaml").write_text(TEMPLATE, "utf-8")
    return folder / "ticket.yaml"


@pytest.fixture(scope="session")
def draw_ticket() -> DrawTicket:
    """Writes a picture of a form that bears a code."""

    def draw(path: Path, code: str) -> Path:
        picture = _blank_ticket()
        printed = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode).to_image(scale=4)
        qr = np.array(printed)
        picture[170 : 170 + qr.shape[0], 100 : 100 + qr.shape[1]] = qr[..., None]
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), picture)
        return path

    return draw


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory, draw_ticket) -> Path:
    """A small page with a line of print and a barcode."""
    path = draw_ticket(tmp_path_factory.mktemp("scans") / "scan.png", "TICKET-42")
    picture = cv2.imread(str(path))
    cv2.putText(picture, "Total 9.35", (380, 240), cv2.FONT_HERSHEY_DUPLEX, 1, (0, 0, 0), 2)
    cv2.imwrite(str(path), picture)
    return path


@pytest.fixture(scope="module")
def url(ticket_template: Path) -> Iterator[str]:
    """The address of a service that reads the form, with narrow limits."""
    from service_client import serving

    from docextract.service import Settings

    with serving(
        Settings(
            templates=ticket_template.parent,
            preload=("ticket",),
            most_megabytes=1,
            most_pages=2,
            most_megapixels=4,
            most_files=3,
            upload_timeout_s=1,
        )
    ) as address:
        yield address


POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of its own, without rights to any other."""
    if not POSTGRES:
        pytest.skip("PostgreSQL is not installed")
    user = "postgres" if os.geteuid() == 0 else None  # it does not run as root
    tools = POSTGRES[-1].parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory() as folder:
        if user:
            shutil.chown(folder, user)
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"

        def run(tool: str, *arguments: str) -> None:
            command = [str(tools / tool), "-D", f"{folder}/data", *arguments]
            subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)

        run("initdb", "-A", "trust", "-U", "docextract", "--no-sync")
        run("pg_ctl", "-l", f"{folder}/log", "-o", options, "-w", "start")
        try:
            yield f"postgresql+pg8000://docextract@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
