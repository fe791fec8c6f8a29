"""Rules of uploaded files: their type by their content, and their names."""

from __future__ import annotations

import pytest

from services.kernel.file_rules import LARGEST_EVIDENCE, clean_filename, evidence_problem, type_of
from services.kernel.picture_head_rules import JPEG, PDF, PNG
from tests.services.practitioners.papers import jpeg, pdf, png


@pytest.mark.parametrize(("content", "kind"), [(pdf(), PDF), (jpeg(), JPEG), (png(), PNG), (pdf(3000), PDF)])
def test_whole_files_are_known_by_their_content(content: bytes, kind: str) -> None:
    assert type_of(content) == kind
    assert evidence_problem(content) is None


def test_a_jpeg_may_carry_bare_markers_and_any_kind_of_frame() -> None:
    segment = b"\xff\xc2\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00"
    progressive = jpeg().replace(b"\xff\xc0", b"\xff\x01\xff\xd0\xff\xd7\xff\xc2")
    assert type_of(progressive) == JPEG
    for first in (0xC0, 0xC1, 0xCF):
        assert (
            type_of(
                jpeg(frame=False).replace(b"\xff\xda", b"\xff" + bytes([first]) + segment[2:] + b"\xff\xda")
            )
            == JPEG
        )
    for other in (0xC4, 0xC8, 0xCC, 0xBF):
        assert (
            type_of(
                jpeg(frame=False).replace(b"\xff\xda", b"\xff" + bytes([other]) + segment[2:] + b"\xff\xda")
            )
            is None
        )


def test_an_end_is_looked_for_in_the_last_bytes_alone() -> None:
    last = len(pdf()) - pdf().index(b"startxref")
    assert type_of(pdf() + b"x" * (1024 - last)) == PDF
    assert type_of(pdf() + b"x" * (1025 - last)) is None
    assert type_of(jpeg() + b"x" * 4094) == JPEG
    assert type_of(jpeg() + b"x" * 4095) is None


def test_a_jpegs_segments_are_stepped_over_by_their_length() -> None:
    for filling in (b"", b"x" * 255, b"x" * 600):
        comment = b"\xff\xfe" + (len(filling) + 2).to_bytes(2) + filling
        assert type_of(jpeg().replace(b"\xff\xc0", comment + b"\xff\xc0")) == JPEG


def test_a_png_is_at_most_two_thousand_million_wide_and_high() -> None:
    def sized(width: int, height: int) -> bytes:
        return png()[:16] + width.to_bytes(4) + height.to_bytes(4) + png()[24:]

    assert type_of(sized(2**31 - 1, 2**31 - 1)) == PNG
    assert type_of(sized(2**31, 1)) is None
    assert type_of(sized(1, 2**31)) is None


@pytest.mark.parametrize(
    "content",
    [
        b"MZ" + pdf(),
        b" " + pdf(),
        b"%PDF-3.0\n" + pdf()[9:],
        b"%PDF-1.x\n" + pdf()[9:],
        pdf().replace(b"startxref", b"startwref"),
        pdf().replace(b"%%EOF", b"%%EOG"),
        pdf() + b"x" * 1100,
        png()[:-1],
        png() + b"x",
        png()[1:],
        png(0, 1),
        png(1, 0),
        b"\x89PNG\r\n\x1a\n",
        png()[:23],
        jpeg(frame=False),
        jpeg(scan=False),
        jpeg(end=False),
        jpeg() + b"x" * 5000,
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x00\xff\xd9",
        b"GIF89a",
        b"<html>",
    ],
)
def test_what_is_not_whole_or_something_else_is_refused(content: bytes) -> None:
    assert type_of(content) is None
    problem = evidence_problem(content)
    assert problem is not None
    assert (problem.field, problem.code) == ("file", "wrong-type")
    assert problem.message == "The file is not a whole PDF, JPEG or PNG, whatever its name says."


def test_a_file_has_something_in_it_and_at_most_ten_megabytes() -> None:
    empty = evidence_problem(b"")
    assert empty is not None
    assert (empty.field, empty.code, empty.message) == ("file", "empty", "The file is empty.")
    assert LARGEST_EVIDENCE == 10_000_000
    assert evidence_problem(pdf(LARGEST_EVIDENCE)) is None
    large = evidence_problem(pdf(LARGEST_EVIDENCE + 1))
    assert large is not None
    assert (large.field, large.code) == ("file", "too-large")
    assert large.message == "The file is larger than 10 MB. Send a smaller scan."


@pytest.mark.parametrize(
    ("given", "kind", "kept"),
    [
        ("licence.pdf", PDF, "licence.pdf"),
        ("licence.exe", PDF, "licence.pdf"),
        ("scan.JPEG", JPEG, "scan.jpg"),
        ("scan", PNG, "scan.png"),
        ("C:\\papers\\my scan.png", PNG, "my scan.png"),
        ("../../etc/passwd", PDF, "passwd.pdf"),
        ("Título de Ana (2019).pdf", PDF, "Título de Ana (2019).pdf"),
        ("Ti\u0301tulo.pdf", PDF, "Título.pdf"),
        ('a"b\r\nc<d>.pdf', PDF, "a_b_c_d.pdf"),
        ("a   b.pdf", PDF, "a b.pdf"),
        (".htaccess", PDF, "htaccess.pdf"),
        ("...", PDF, "evidence.pdf"),
        ("", JPEG, "evidence.jpg"),
        ("x" * 200 + ".pdf", PDF, "x" * 80 + ".pdf"),
        ("x" * 79 + " y.pdf", PDF, "x" * 79 + ".pdf"),
        ("a.tar.gz", PDF, "a.tar.pdf"),
        ("X-ray of X.pdf", PDF, "X-ray of X.pdf"),
        ("X" * 90 + ".pdf", PDF, "X" * 80 + ".pdf"),
        ("x" * 79 + "_y.pdf", PDF, "x" * 79 + ".pdf"),
        ("x" * 79 + ".y.pdf", PDF, "x" * 79 + ".pdf"),
        ("Nr. 7² — größer.pdf", PDF, "Nr. 7²_größer.pdf"),
    ],
)
def test_names_of_files_are_cleaned(given: str, kind: str, kept: str) -> None:
    assert clean_filename(given, kind) == kept
