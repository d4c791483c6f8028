"""What people are told when something goes wrong, by the kind of the problem, with the cure."""

from __future__ import annotations

from docextract.web.phrase import Phrase

_TROUBLES = {
    "unreadable-file": Phrase(
        "文件打不开：不是图片或 PDF，或已损坏、加密。请重新扫描或导出后再试。",
        "The file cannot be opened: it is no picture or PDF, is damaged, or locked. "
        "Scan or export it again.",
    ),
    "no-form": Phrase(
        "页面上没有找到这种单据。请换一个模板或选“自动”，或把整张单据拍清楚。",
        "This form was not found on the page. Choose another template or Automatic, "
        "or photograph the whole form.",
    ),
    "busy": Phrase(
        "服务正忙。请稍等片刻再试。", "The service is busy. Wait a moment, then try again."
    ),
    "too-often": Phrase(
        "请求过于频繁。请稍等一分钟再试。", "Too many requests. Wait a minute, then try again."
    ),
    "too-large": Phrase(
        "文件太大。请降低扫描分辨率，或分成几个文件。",
        "The file is too large. Scan at a lower resolution, or split it.",
    ),
    "too-many-pages": Phrase(
        "页数太多。请分成几个文件。", "The file has too many pages. Split it into several files."
    ),
    "too-many-pixels": Phrase(
        "图片尺寸太大。请缩小后再试。", "The picture has too many pixels. Scale it down."
    ),
    "slow-upload": Phrase(
        "上传太慢，已中断。请检查网络后再试。",
        "The upload took too long. Check the network and try again.",
    ),
    "desk-full": Phrase(
        "打开的文件太多。请先移除一些再试。",
        "Too many files are open. Remove some, then try again.",
    ),
    "not-sent": Phrase(
        "没有传到服务器。请检查网络后再试。",
        "It did not reach the server. Check the network and try again.",
    ),
    "no-key": Phrase(
        "登录已过期。请重新载入页面并登录。",
        "You are signed out. Load the page again and sign in.",
    ),
    "wrong-scope": Phrase(
        "您的密钥没有这项权限。请向管理员要一个。",
        "Your key is not for this. Ask for one that is.",
    ),
    "fault": Phrase(
        "服务出错。请重试；若再次出现，请把下面的编号告知管理员。",
        "A fault of the service. Try again; if it comes back, report the number below.",
    ),
}
_OTHER = Phrase("没有读成。请重试。", "It was not read. Try again.")


def trouble(kind: str) -> Phrase:
    """The saying for a kind of problem; a general one where there is none of its own."""
    return _TROUBLES.get(kind, _OTHER)
