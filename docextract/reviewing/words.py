"""Why a field is to be looked at, in words: in English and in Chinese."""

from __future__ import annotations

from dataclasses import dataclass

from docextract.errors import InvalidValue
from docextract.reviewing.answers import example_of
from docextract.reviewing.kept import Current, Kept
from docextract.template import Field

_RULE = "rule:"
_CHECKS: dict[str, tuple[str, str]] = {
    "place": ("The field's place was not found on the page", "页面上没有找到该字段的位置"),
    "blank": ("Nothing is printed where a value should be", "应有内容的位置是空白"),
    "missing": ("The form says that there is none, but a value is needed", "必填字段没有值"),
    "unreadable": ("No valid value could be read", "没有读出有效的值"),
    "repair": (
        "The rules ask for a value that the picture speaks against",
        "规则要求的值与图像不符",
    ),
    "pattern": ("It has not the form of the field", "格式不符合该字段"),
    "length": ("It is too long or too short", "长度不对"),
    "characters": ("It has characters that the field cannot have", "含有不允许的字符"),
    "calendar": ("There is no such day", "没有这一天"),
    "number": ("It is no number of the field's form", "不是该字段的数字格式"),
    "range": ("It is out of range", "超出范围"),
    "mod11": ("The check digit is wrong (MOD 11-2)", "校验位不对（MOD 11-2）"),
    "mod31": ("The check character is wrong (MOD 31)", "校验位不对（MOD 31）"),
    "luhn": ("The check digit is wrong (Luhn)", "校验位不对（Luhn）"),
    "several": ("More than one box is ticked", "勾选了多个选项"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, by its check and in words."""

    check: str
    en: str
    zh: str


_RANDOM = Reason(
    "random",
    "Drawn at random, to learn how often sure values are wrong",
    "随机抽查：了解把握较大的值有多少是错的",
)


def reasons(field: Field, kept: Kept, current: Current) -> list[Reason]:
    """Each failed check of a field in words; if none failed, how unsure it is.

    Of one that is sure enough, that it was drawn at random.
    """
    if current.failed:
        return [_reason(field, check, current.text) for check in current.failed]
    asked = max(kept.asked, kept.unproven) if not kept.calibrated else kept.asked
    if current.confidence >= asked:
        return [_RANDOM]
    sure, needed = f"{current.confidence:.1%}", f"{asked:.4g}"
    return [
        Reason(
            "confidence",
            f"Not sure enough: {sure}, and {needed} is asked for",
            f"把握不足：{sure}，要求 {needed}",
        )
    ]


def refusal(field: Field, text: str) -> Reason | None:
    """What the field's type says against a text that a person wrote, with a text it would take.

    None where it is a value.
    """
    try:
        field.kind.parse(text.strip())
    except InvalidValue as error:
        like = example_of(field.kind)
        zh = _CHECKS[error.check][1] if error.check in _CHECKS else error.why
        en, cn = (f". It is written like {like}", f"。写法如 {like}") if like else ("", "")
        return Reason(error.check, f"{error.why}{en}", f"{zh}{cn}")
    return None


def _reason(field: Field, check: str, text: str) -> Reason:
    if check.startswith(_RULE):
        rule = check.removeprefix(_RULE)
        return Reason(check, f"The fields do not agree: {rule}", f"字段之间不一致：{rule}")
    if check in _CHECKS:
        return Reason(check, *_CHECKS[check])
    why = _why(field, text) or f"It failed the check {check}"
    return Reason(check, why, f"未通过检查 {check}：{why}")


def _why(field: Field, text: str) -> str:
    """What the field's own type says against a text; "" where it says nothing."""
    try:
        field.kind.parse(text)
    except InvalidValue as error:
        return error.why
    return ""
