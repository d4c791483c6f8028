"""Nothing that is sent to the REST service breaks it, and all answers keep to its specification."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance
from service_client import http, picture_of, problem, serving_app, upload

from docextract.service.app import create_app
from docextract.service.settings import Settings


class FaultyEngine:
    """Fails in a way nobody foresaw, and tells a value."""

    def check(self, template: str) -> None:
        raise RuntimeError("the value 16342624")


def test_a_fault_is_told_by_a_number_and_logged_without_values(
    scan: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(data=tmp_path))
    with serving_app(app) as url:
        app.state.docextract.engine = FaultyEngine()
        answer = http.post(f"{url}/extract", params={"template": "a"}, files=[upload(scan)])
        number = re.search("log calls it ([0-9a-f]{8})", problem(answer, 500, "fault"))
    assert number is not None
    assert number[1] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "16342624" not in caplog.text


@st.composite
def broken_files(draw: st.DrawFn) -> bytes:
    """Files that begin like a known format, or are one with some bytes changed or lost."""
    heads = (b"", b"%PDF-1.7\n", b"II*\0", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"BM")
    whole = (picture_of(64, 48), cv2.imencode(".jpg", np.zeros((40, 40, 3)))[1].tobytes())
    if draw(st.booleans()):
        return draw(st.sampled_from(heads)) + draw(st.binary(max_size=200))
    data = bytearray(draw(st.sampled_from(whole)))
    for place in draw(st.lists(st.integers(0, len(data) - 1), max_size=8)):
        data[place] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))])


@seed(2)
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[*HealthCheck])
@given(data=broken_files(), name=st.text(max_size=20))
def test_broken_files_break_nothing(url: str, data: bytes, name: str) -> None:
    printable = name.encode("ascii", "ignore").decode().replace('"', "") or "x"
    answer = http.post(
        f"{url}/extract", params={"template": "ticket"}, files={"file": (printable, data)}
    )
    assert answer.status_code in {200, 400, 413, 422}, answer.text


def check_operation(operation: APIOperation) -> None:
    """Send what the specification allows and what it does not, and look at the answers."""
    # No schema can say which bytes are a picture.
    excluded = [positive_data_acceptance] if operation.method == "post" else []

    @seed(1)
    @settings(
        max_examples=6,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(case=operation.as_strategy())
    def keeps(case: schemathesis.Case) -> None:
        case.call_and_validate(timeout=60, excluded_checks=excluded)

    keeps()


def test_the_service_keeps_to_its_specification(url: str) -> None:
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    asked = {operation.path for operation in operations}
    assert {"/ocr", "/extract", "/templates", "/healthz", "/readyz", "/metrics"} <= asked
    assert {"/review/next", "/review/progress", "/review/items/{item}"} <= asked
    for operation in operations:
        check_operation(operation)
