"""What a user relies on when files, folders, bytes and arrays become pages."""

from __future__ import annotations

import io
import sys
import threading
import zlib
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pil

from docextract.errors import SourceError
from docextract.sources import (
    MAX_SIDE_PX,
    MIN_SIDE_PX,
    Extent,
    find_files,
    formats,
    load_page,
    load_pages,
    measure,
)

RED, GREEN, BLUE, WHITE = (0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255)  # BGR


def drawn() -> np.ndarray:
    """160 x 96, every corner another colour: no turn or mirror maps it onto itself."""
    image = np.full((96, 160, 3), 255, np.uint8)
    image[:48, :80], image[:48, 80:], image[48:, :80] = RED, GREEN, BLUE
    return image


def encoded(image: Pil.Image, format: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def picture(image: np.ndarray | None = None) -> Pil.Image:
    return Pil.fromarray((drawn() if image is None else image)[:, :, ::-1].copy())


def noisy() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8)


def only(source: object, **options: object) -> np.ndarray:
    (slot,) = load_pages(source, **options)
    return slot.unwrap().image


def near(image: np.ndarray, expected: np.ndarray, tolerance: float = 4) -> bool:
    return image.shape == expected.shape and float(cv2.absdiff(image, expected).mean()) < tolerance


def refusal(source: object) -> str:
    with pytest.raises(SourceError) as caught:
        list(load_pages(source))
    message = str(caught.value)
    assert "\n" not in message
    return message


def pdf(
    pages: int, size_pt: tuple[int, int] = (300, 200), extra: bytes = b"", kids: str = ""
) -> bytes:
    """A minimal PDF; page k has a black square at its top left, k * 20 pt wide."""
    refs = kids or " ".join(f"{10 + 2 * k} 0 R" for k in range(pages))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Count {len(refs.split()) // 3} /Kids [{refs}] >>".encode(),
    }
    for k in range(pages):
        draw = f"0 {size_pt[1] - 20 * (k + 1)} {20 * (k + 1)} {20 * (k + 1)} re f".encode()
        objects[10 + 2 * k] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size_pt[0]} {size_pt[1]}] "
            f"/Contents {11 + 2 * k} 0 R >>"
        ).encode()
        objects[11 + 2 * k] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(draw), draw)
    out = bytearray(b"%PDF-1.4\n")
    xref = b"xref\n0 1\n0000000000 65535 f \n"
    for number, body in objects.items():
        xref += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (max(objects) + 1, extra)
    return bytes(out + xref + trailer + b"startxref\n%d\n%%%%EOF\n" % start)


def locked_pdf() -> bytes:
    """Standard encryption whose user entry no password of ours meets."""
    entry = b"<" + b"41" * 32 + b">"
    extra = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O %s /U %s /P -4 >> /ID [<00> <00>]"
    return pdf(1, extra=extra % (entry, entry))


# ---- pixels ------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM", "JPEG2000"])
def test_every_format_gives_the_drawn_pixels(format: str) -> None:
    assert near(only(encoded(picture(), format)), drawn(), 6)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied_once(format: str, orientation: int) -> None:
    # EXIF 2.32, 4.6.4: how the stored rows and columns come from the upright picture.
    stored = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation](drawn())
    exif = Pil.Exif()
    exif[0x0112] = orientation
    assert near(only(encoded(picture(stored), format, exif=exif)), drawn(), 6)


def test_orientation_out_of_range_is_ignored() -> None:
    exif = Pil.Exif()
    exif[0x0112] = 99
    assert near(only(encoded(picture(), "JPEG", exif=exif)), drawn())


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_transparency_becomes_white_paper(format: str) -> None:
    rgba = picture().convert("RGBA")
    rgba.paste((0, 0, 0, 0), (0, 0, 80, 48))
    rgba.paste((0, 0, 0, 128), (80, 48, 160, 96))
    image = only(encoded(rgba, format, **({"lossless": True} if format == "WEBP" else {})))
    assert tuple(image[20, 20]) == WHITE
    assert abs(int(image[70, 120, 0]) - 127) <= 1
    assert tuple(image[70, 20]) == BLUE


def test_a_fourth_channel_of_zeros_is_opaque() -> None:
    bgra = np.dstack([drawn(), np.zeros((96, 160), np.uint8)])
    assert np.array_equal(only(bgra), drawn())


def test_content_decides_and_not_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "really_png.jpg"
    path.write_bytes(encoded(picture().convert("RGBA"), "PNG"))
    assert np.array_equal(only(path), drawn())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK"])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF"])
def test_every_mode_reads_as_pillow_shows_it(mode: str, format: str) -> None:
    if (mode, format) in {("CMYK", "PNG"), ("LA", "JPEG"), ("P", "JPEG")}:
        pytest.skip("the format has no such mode")
    source = picture().convert(mode)
    expected = np.asarray(source.convert("RGB"))[:, :, ::-1]
    assert near(only(encoded(source, format)), expected, 6)


def test_palette_with_transparent_colour_becomes_white() -> None:
    source = Pil.new("P", (64, 48), 1)
    source.putpalette([255, 0, 0, 0, 255, 0])
    source.putpixel((0, 0), 0)
    image = only(encoded(source, "PNG", transparency=1))
    assert tuple(image[20, 20]) == WHITE
    assert tuple(image[0, 0]) == RED


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bits_keep_their_upper_byte(channels: int, suffix: str) -> None:
    deep = np.full((48, 64, channels), 0xA0FF, np.uint16)
    if channels == 4:
        deep[:, :, 3] = 0xFFFF
    image = only(cv2.imencode(suffix, deep)[1].tobytes())
    assert image.shape == (48, 64, 3)
    assert {int(v) for v in np.unique(image)} <= {0xA0, 0xA1}


def test_fax_tiff_reads_as_black_on_white() -> None:
    page = Pil.new("1", (200, 100), 1)
    page.paste(0, (0, 0, 50, 50))
    image = only(encoded(page, "TIFF", compression="group4"))
    assert tuple(image[10, 10]) == (0, 0, 0)
    assert tuple(image[80, 150]) == WHITE


def test_heic_reads_when_its_plugin_is_there() -> None:
    heif = pytest.importorskip("pillow_heif")
    stream = io.BytesIO()
    heif.from_pillow(picture()).save(stream, quality=95)
    assert near(only(stream.getvalue()), drawn(), 6)


def test_heic_without_its_plugin_names_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert "pip install pillow-heif" in refusal(b"\0\0\0\x18ftypheic" + bytes(64))


# ---- arrays ------------------------------------------------------------------------------


def test_a_bgr_array_is_not_copied() -> None:
    image = drawn()
    assert np.shares_memory(only(image), image)


def test_gray_arrays_and_views_become_bgr() -> None:
    gray = np.ascontiguousarray(drawn()[:, :, 0])
    assert np.array_equal(only(gray), cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR))
    assert np.array_equal(only(gray[:, :, None]), cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR))
    assert np.array_equal(only(drawn()[::-1, ::-1]), drawn()[::-1, ::-1])


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.ones((64, 64, 3), np.float32), "uint8"),
        (np.ones((64, 64, 2), np.uint8), "shape"),
        (np.ones((64,), np.uint8), "shape"),
        (np.ones((0, 64, 3), np.uint8), "too small"),
    ],
)
def test_arrays_that_are_no_picture(array: np.ndarray, word: str) -> None:
    assert word in refusal(array)


# ---- damage and abuse --------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.95])
def test_truncated_pictures_are_refused(format: str, kept: float) -> None:
    data = encoded(picture(noisy()), format)
    assert "damaged or incomplete" in refusal(data[: int(len(data) * kept)])


def test_truncated_progressive_jpeg_with_thumbnail_is_refused() -> None:
    exif = Pil.Exif()
    thumbnail = encoded(picture().resize((40, 32)), "JPEG")
    exif[0x010E] = thumbnail.decode("latin-1")  # an end marker in the header, as cameras write
    data = encoded(picture(noisy()), "JPEG", progressive=True, exif=exif)
    assert "damaged or incomplete" in refusal(data[: len(data) * 2 // 3])


def test_jpeg_whose_tail_was_never_written_is_refused() -> None:
    data = encoded(picture(noisy()), "JPEG")
    half = len(data) // 2
    assert "damaged or incomplete" in refusal(data[:half] + bytes(len(data) - half))


def test_what_a_phone_appends_to_a_jpeg_does_no_harm() -> None:
    assert near(only(encoded(picture(), "JPEG") + b"SEFT" * 50), drawn())


def test_two_pictures_in_a_phones_jpeg_are_one_page() -> None:
    data = encoded(picture(), "MPO", save_all=True, append_images=[picture(noisy())])
    assert near(only(data), drawn())


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "0 bytes"),
        (b"just some text", "neither a picture nor a PDF"),
        (b"\xff\xd8\xff" + b"x" * 100, "damaged"),
        (b"%PDF-1.7\nnothing", "damaged"),
        (locked_pdf(), "password"),
        (pdf(0), "without pages"),
    ],
)
def test_bytes_that_are_no_document(data: bytes, word: str) -> None:
    assert word in refusal(data)


def test_pictures_too_large_are_refused_by_their_header() -> None:
    data = bytearray(encoded(Pil.new("L", (64, 64)), "PNG"))
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    message = refusal(bytes(data))
    assert "30000 x 30000 px" in message
    assert "Scale it down" in message


def test_size_bounds_are_inclusive() -> None:
    assert only(np.zeros((MIN_SIDE_PX, MAX_SIDE_PX), np.uint8)).shape[1] == MAX_SIDE_PX
    assert "Scale it down" in refusal(np.zeros((MIN_SIDE_PX, MAX_SIDE_PX + 1), np.uint8))
    assert "too small" in refusal(np.zeros((MIN_SIDE_PX - 1, 100), np.uint8))


def test_missing_folder_and_forbidden_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no such file" in refusal(tmp_path / "none.jpg")
    assert "folder" in refusal(tmp_path)
    assert "cannot be read" in refusal("a\0b.jpg")
    path = tmp_path / "locked.jpg"
    path.write_bytes(encoded(picture(), "JPEG"))

    def forbid(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbid)
    message = refusal(path)
    assert str(path) in message
    assert "permission" in message


@settings(max_examples=150, deadline=None)
@given(
    magic=st.sampled_from(
        [
            *(b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*"),
            *(b"BM\0\0\0\0\0\0\0\0", b"RIFF\0\0\0\0WEBP", b"GIF89a", b"P5 ", b"P6\n"),
            *(b"%PDF-1.7\n", b"\0\0\0\x0cjP  ", b"\0\0\0\x18ftypavif", b"\0\0\0\x18ftypheic"),
        ]
    ),
    rest=st.binary(max_size=300),
)
def test_random_bytes_raise_nothing_but_source_errors(magic: bytes, rest: bytes) -> None:
    with suppress(SourceError):
        list(load_pages(magic + rest))


WHOLE = {f: encoded(picture(), f) for f in ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")} | {
    "PDF": pdf(2),
    "TIFF2": encoded(picture(), "TIFF", save_all=True, append_images=[picture()]),
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    format=st.sampled_from(sorted(WHOLE)),
    cut=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4),
)
def test_cut_and_flipped_files_raise_nothing_but_source_errors(
    format: str, cut: float, flips: list[tuple[float, int]]
) -> None:
    data = bytearray(WHOLE[format])
    for place, value in flips:
        data[int(place * len(data))] = value
    with suppress(SourceError):
        for slot in load_pages(bytes(data[: int(cut * len(data)) + 1]), page_size_u=(900, 600)):
            assert (slot.page is None) != (slot.error is None)


# ---- several pages -----------------------------------------------------------------------


def tiff_of(count: int) -> bytes:
    frames = [Pil.new("L", (64 + k, 48), 10 * k) for k in range(count)]
    return encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])


def test_tiff_frames_are_pages_with_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "fax.tif"
    path.write_bytes(tiff_of(3))
    pages = [slot.unwrap() for slot in load_pages(path)]
    assert [(p.number, p.image.shape[1], p.source) for p in pages] == [
        (n, 63 + n, str(path)) for n in (1, 2, 3)
    ]
    assert load_page(path, 3).image.shape[1] == 66
    assert load_page(path, 3).number == 3


def test_a_damaged_tiff_frame_does_not_lose_the_others() -> None:
    frames = [picture(noisy()) for _ in range(3)]
    options = {"save_all": True, "append_images": frames[1:], "compression": "tiff_lzw"}
    data = bytearray(encoded(frames[0], "TIFF", **options))
    tiff = Pil.open(io.BytesIO(bytes(data)))
    tiff.seek(1)
    start = tiff.tag_v2[273][0]
    data[start : start + 2000] = b"\xff" * 2000
    slots = list(load_pages(bytes(data), name="fax.tif"))
    assert [slot.error is None for slot in slots] == [True, False, True]
    assert str(slots[1].error).startswith("fax.tif page 2: ")


def test_pdf_pages_are_drawn_upright_and_numbered(tmp_path: Path) -> None:
    path = tmp_path / "发票.pdf"
    path.write_bytes(pdf(3))
    for number, slot in enumerate(load_pages(path), 1):
        page = slot.unwrap()
        assert page.number == number == slot.number
        assert page.image.shape == (1600, 2400, 3)
        black = (page.image[:, :, 0] < 128).nonzero()
        assert (black[0].min(), black[1].min()) == (0, 0)
        assert abs(black[1].max() + 1 - number * 160) <= 1


@pytest.mark.parametrize(
    ("page_size_u", "long_px"),
    [(None, 2400), ((2000, 3000), 3000), ((210, 297), 1200), ((9000, 5000), 4000)],
)
def test_pdf_resolution_follows_the_template(
    page_size_u: tuple[float, float] | None, long_px: int
) -> None:
    assert abs(only(pdf(1), page_size_u=page_size_u).shape[1] - long_px) <= 1


def test_a_damaged_pdf_page_does_not_lose_the_others() -> None:
    slots = list(load_pages(pdf(2, kids="10 0 R 99 0 R 12 0 R"), name="a.pdf"))
    assert [slot.error is None for slot in slots] == [True, False, True]
    assert str(slots[1].error).startswith("a.pdf page 2: ")


def test_pdf_made_by_pillow_and_junk_before_its_mark() -> None:
    data = encoded(picture(), "PDF")
    assert near(cv2.resize(only(data), (160, 96), interpolation=cv2.INTER_AREA), drawn(), 8)
    assert only(b"junk\n" + pdf(1)).shape == (1600, 2400, 3)


@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_page_number_out_of_range_says_the_range(number: int) -> None:
    for data in (tiff_of(3), pdf(3)):
        with pytest.raises(SourceError, match="from 1 to 3"):
            load_page(data, number)


def test_threads_may_draw_pdfs_at_once() -> None:
    results: list[int] = []

    def work() -> None:
        results.extend(slot.unwrap().image.shape[1] for slot in load_pages(pdf(3)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [2400] * 12


def test_no_file_stays_open(tmp_path: Path) -> None:
    for name, data in {"a.pdf": pdf(2), "b.tif": tiff_of(2), "c.jpg": WHOLE["JPEG"]}.items():
        (tmp_path / name).write_bytes(data)
        next(pages := load_pages(tmp_path / name))
        pages.close()
        list(load_pages(tmp_path / name))
    (tmp_path / "d.tif").write_bytes(tiff_of(2)[:40])
    refusal(tmp_path / "d.tif")
    opened = {f.path for f in psutil.Process().open_files()}
    assert not {p for p in opened if p.startswith(str(tmp_path))}


# ---- finding -----------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b.JPG", "a/z.png", "a/y.pdf", "a.txt", ".hidden.png", ".git/x.png", "c.dat"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    return tmp_path


def names(tree: Path, *inputs: str | Path) -> list[str]:
    return [
        ("!" if f.error else "") + f.path.relative_to(tree).as_posix() for f in find_files(inputs)
    ]


def test_folders_are_walked_in_order_without_hidden_and_unknown_files(tree: Path) -> None:
    assert names(tree, tree) == ["a/y.pdf", "a/z.png", "b.JPG"]


def test_a_named_file_is_yielded_whatever_its_name(tree: Path) -> None:
    assert names(tree, tree / "a.txt", tree / ".hidden.png") == ["a.txt", ".hidden.png"]


def test_bad_inputs_are_errors_in_place(tree: Path) -> None:
    assert names(tree, tree / "none", tree / "b.JPG", tree / "empty", tree / "*.bmp") == [
        "!none",
        "b.JPG",
        "!empty",
        "!*.bmp",
    ]


def test_a_file_reached_twice_is_yielded_once(tree: Path) -> None:
    (tree / "link.png").symlink_to(tree / "a" / "z.png")
    assert names(tree, tree / "link.png", tree, tree / "a") == ["link.png", "a/y.pdf", "b.JPG"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", ["a/y.pdf", "a/z.png", "b.JPG"]),
        ("**", ["a/y.pdf", "a/z.png", "b.JPG"]),
        ("**/*.png", ["a/z.png"]),
        ("*.dat", ["c.dat"]),
        (".*.png", [".hidden.png"]),
        ("?.JPG", ["b.JPG"]),
    ],
)
def test_globs(tree: Path, pattern: str, expected: list[str]) -> None:
    assert names(tree, tree / pattern) == expected


def test_globs_may_be_relative(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree / "a")
    assert [f.path.as_posix() for f in find_files(["*.png", "../*.JPG"])] == ["z.png", "../b.JPG"]


def test_a_path_with_glob_characters_that_exists_is_itself(tree: Path) -> None:
    (tree / "scan[1].png").write_bytes(b"x")
    assert names(tree, tree / "scan[1].png") == ["scan[1].png"]


def test_links_in_a_circle_end(tree: Path) -> None:
    (tree / "a" / "loop").symlink_to(tree)
    (tree / "a" / "self.png").symlink_to(tree / "a" / "self.png")
    found = names(tree, tree, tree / "**" / "*.pdf")
    assert sorted(Path(name).name for name in found) == ["b.JPG", "self.png", "y.pdf", "z.png"]


def test_every_format_is_known_to_folders() -> None:
    assert all(s in formats.KNOWN_SUFFIXES for f in formats.FORMATS for s in f.suffixes)


# ---- measured before they are loaded -----------------------------------------------------


def test_pages_and_pixels_are_told_before_loading() -> None:
    assert measure(encoded(picture(), "PNG"), name="a") == Extent(1, drawn()[..., 0].size)
    assert measure(tiff_of(3), name="a") == Extent(3, 66 * 48)
    assert measure(pdf(4), name="a") == Extent(4)
    with pytest.raises(SourceError, match="a: is neither"):
        measure(b"no picture", name="a")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(format=st.sampled_from(sorted(WHOLE)), cut=st.floats(0, 1), flip=st.integers(0, 255))
def test_measuring_raises_nothing_but_source_errors(format: str, cut: float, flip: int) -> None:
    data = bytearray(WHOLE[format])
    data[int(cut * (len(data) - 1))] = flip
    with suppress(SourceError):
        assert measure(bytes(data), name="a").pages >= 1
    with suppress(SourceError):
        assert measure(bytes(data[: int(cut * len(data))]), name="a").pages >= 1
