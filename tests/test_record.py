import copy
import json
import pickle
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from docextract.record import build_record, record_model
from docextract.template import Template

BOX = [0, 0, 10, 10]


def make_template(name: str = "vat_invoice", **changes: object) -> Template:
    fields = {
        "code": {"type": "digits", "box": BOX, "title": "发票代码"},
        "date": {"type": "date", "box": BOX},
        "total": {"type": "amount", "box": BOX},
        "note": {"type": "text", "box": BOX, "nullable": True},
    }
    return Template.model_validate(
        {
            "path": Path(f"{name}.yaml"),
            "docextract": 1,
            "name": name,
            "page": {"width": 10, "height": 10},
            "layouts": [{"name": "a"}],
            "fields": fields | changes,
        }
    )


VALUES = {"code": "044001900111", "date": date(2021, 3, 4), "total": Decimal("16.80")}


def test_a_record_has_the_fields_of_its_template_typed_and_in_order():
    model = record_model(make_template())
    record = build_record(model, {**VALUES, "note": "x"})
    assert model.__name__ == "VatInvoice"
    assert list(model.model_fields) == ["code", "date", "total", "note"]
    assert model.model_fields["code"].description == "发票代码"
    assert dict(record) == {**VALUES, "note": "x"}
    with pytest.raises(ValidationError, match="frozen"):
        record.code = "1"


@pytest.mark.parametrize("missing", ["code", "date", "total"])
def test_there_is_no_record_without_a_required_value(missing):
    model = record_model(make_template())
    assert build_record(model, {**VALUES, missing: None}) is None
    assert build_record(model, {k: v for k, v in VALUES.items() if k != missing}) is None


def test_a_nullable_field_may_lack():
    model = record_model(make_template())
    assert build_record(model, VALUES).note is None
    assert build_record(model, {**VALUES, "note": None}).note is None


def test_json_keeps_every_digit_and_reads_back():
    record = build_record(record_model(make_template()), VALUES)
    text = record.model_dump_json()
    assert json.loads(text) == {
        "code": "044001900111",
        "date": "2021-03-04",
        "total": "16.80",
        "note": None,
    }
    assert type(record).model_validate_json(text) == record


def test_a_value_of_another_type_is_refused():
    with pytest.raises(ValidationError):
        build_record(record_model(make_template()), {**VALUES, "date": "tomorrow"})
    with pytest.raises(ValidationError):
        build_record(record_model(make_template()), {**VALUES, "totl": Decimal(1)})


def test_equal_templates_share_a_model_and_different_ones_do_not():
    assert record_model(make_template()) is record_model(make_template())
    other = make_template(note={"type": "text", "box": BOX})
    assert record_model(other) is not record_model(make_template())


def test_records_travel_between_processes():
    record = build_record(record_model(make_template()), VALUES)
    again = pickle.loads(pickle.dumps(record))
    assert again == record
    assert type(again) is type(record)
    assert copy.deepcopy(record) == record


def test_a_field_may_be_called_as_its_type_is_and_begin_with_model():
    template = make_template(model_number={"type": "text", "box": BOX})
    assert build_record(record_model(template), {**VALUES, "model_number": "7"}).model_number == "7"
