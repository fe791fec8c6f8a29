"""Rules of practitioners: check digits, dates, files by their content, names of files, hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from services.practitioners.rules import (
    JPEG,
    LARGEST_EVIDENCE,
    PDF,
    PNG,
    clean_filename,
    date_problems,
    evidence_problem,
    has_expired,
    is_early_renewal,
    is_npi,
    lapses_at,
    luhn_holds,
    number_problem,
    overlapping,
    reminder_due,
    reminders,
    since_year_problem,
    state_on,
    type_of,
)
from tests.services.practitioners.papers import jpeg, pdf, png

TODAY = date(2026, 11, 23)
YESTERDAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 24)


@pytest.mark.parametrize("digits", ["79927398713", "0", "18", "91", "808401234567893", "59"])
def test_luhn_holds_for_numbers_with_their_check_digit(digits: str) -> None:
    assert luhn_holds(digits)


@pytest.mark.parametrize("digits", ["79927398710", "1", "19", "81", "808401234567890", "50"])
def test_luhn_does_not_hold_for_others(digits: str) -> None:
    assert not luhn_holds(digits)


@pytest.mark.parametrize("number", ["1234567893", "1000000004", "2000000002"])
def test_an_npi_is_ten_digits_with_its_check_digit(number: str) -> None:
    assert is_npi(number)


@pytest.mark.parametrize(
    "number",
    ["1234567890", "123456789", "12345678930", "3000000002", "0000000006", "123456789X", "", "١٢٣٤٥٦٧٨٩٣"],
)
def test_other_numbers_are_no_npi(number: str) -> None:
    assert not is_npi(number)


@pytest.mark.parametrize("issuer", ["NPPES", "US NPI registry", "npi", "National Provider Identifier (CMS)"])
def test_an_npi_is_checked_where_the_issuer_says_so(issuer: str) -> None:
    assert number_problem(issuer, "1234 567-893") is None
    problem = number_problem(issuer, "1234567890")
    assert problem is not None
    assert (problem.field, problem.code) == ("number", "check-digit")
    assert (
        problem.message == "This is not an NPI: check its ten digits, the last one does not fit the others."
    )


@pytest.mark.parametrize("issuer", ["GMC", "Board of Snippets", "Nppesque"])
def test_other_registers_have_numbers_of_their_own(issuer: str) -> None:
    assert number_problem(issuer, "7") is None


@pytest.mark.parametrize(
    ("issued_on", "expires_on", "wrong"),
    [
        (None, None, []),
        (TODAY, None, []),
        (TOMORROW, None, [("issued_on", "in-future")]),
        (None, TODAY, []),
        (None, YESTERDAY, [("expires_on", "in-past")]),
        (YESTERDAY, TODAY, []),
        (TODAY, TODAY, [("expires_on", "before-issue")]),
        (date(2026, 1, 1), YESTERDAY, [("expires_on", "in-past")]),
        (YESTERDAY, date(2026, 1, 1), [("expires_on", "before-issue")]),
        (date(2027, 2, 1), date(2027, 1, 1), [("issued_on", "in-future"), ("expires_on", "before-issue")]),
    ],
)
def test_dates_make_sense(
    issued_on: date | None, expires_on: date | None, wrong: list[tuple[str, str]]
) -> None:
    found = date_problems(issued_on, expires_on, TODAY)
    assert [(error.field, error.code) for error in found] == wrong


def test_date_problems_are_said_in_words() -> None:
    issued, order = date_problems(date(2027, 2, 1), date(2027, 1, 1), TODAY)
    assert issued.message == "The day of issue lies in the future."
    assert order.message == "It must expire after it was issued."
    assert (
        date_problems(None, YESTERDAY, TODAY)[0].message
        == "This credential has expired. Enter the renewed one."
    )


def test_a_credential_counts_through_its_last_day() -> None:
    assert not has_expired(TODAY, TODAY)
    assert has_expired(YESTERDAY, TODAY)
    assert not has_expired(None, TODAY)
    assert lapses_at(TODAY) == datetime(2026, 11, 24, tzinfo=UTC)


def test_an_expiry_is_announced_sixty_thirty_and_seven_days_before() -> None:
    expires_on = date(2027, 3, 1)
    instants = {
        60: datetime(2026, 12, 31, 9, tzinfo=UTC),
        30: datetime(2027, 1, 30, 9, tzinfo=UTC),
        7: datetime(2027, 2, 22, 9, tzinfo=UTC),
    }
    assert dict(reminders(expires_on, datetime(2026, 11, 23, tzinfo=UTC))) == instants
    assert [days for days, _ in reminders(expires_on, instants[60])] == [30, 7]
    assert reminders(expires_on, instants[7]) == []


@pytest.mark.parametrize(
    ("left", "due"),
    [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)],
)
def test_the_reminder_that_fits_is_the_nearest_one(left: int, due: int | None) -> None:
    assert reminder_due(TODAY + timedelta(days=left), TODAY) == due
    assert reminder_due(None, TODAY) is None


@pytest.mark.parametrize(
    ("state", "expires_on", "shown"),
    [
        ("verified", YESTERDAY, "lapsed"),
        ("verified", TODAY, "verified"),
        ("verified", None, "verified"),
        ("unverified", YESTERDAY, "unverified"),
        ("rejected", YESTERDAY, "rejected"),
        ("lapsed", TOMORROW, "lapsed"),
    ],
)
def test_a_verified_credential_lapses_by_its_date(state: str, expires_on: date | None, shown: str) -> None:
    assert state_on(state, expires_on, TODAY) == shown


@pytest.mark.parametrize("year", [None, 1990, 2026])
def test_years_of_needling_reach_back_to_1990(year: int | None) -> None:
    assert since_year_problem(year, 2026) is None


@pytest.mark.parametrize("year", [1989, 2027])
def test_other_years_are_refused(year: int) -> None:
    problem = since_year_problem(year, 2026)
    assert problem is not None
    assert (problem.field, problem.code) == ("needling_since_year", "out-of-range")
    assert problem.message == "Give a year from 1990 to 2026."


NINE, TEN, ELEVEN = time(9), time(10), time(11)


@pytest.mark.parametrize(
    ("spans", "index"),
    [
        ([], None),
        ([("a", 0, NINE, TEN), ("a", 0, TEN, ELEVEN)], None),
        ([("a", 0, TEN, ELEVEN), ("a", 0, NINE, TEN)], None),
        ([("a", 0, NINE, ELEVEN), ("a", 0, TEN, ELEVEN)], 1),
        ([("a", 0, TEN, ELEVEN), ("a", 0, NINE, ELEVEN)], 1),
        ([("a", 0, NINE, TEN), ("a", 1, NINE, TEN)], None),
        ([("a", 0, NINE, TEN), ("b", 0, NINE, TEN)], None),
        ([("b", 0, NINE, TEN), ("a", 0, NINE, TEN), ("b", 0, NINE, TEN)], 2),
    ],
)
def test_spans_of_one_place_and_day_do_not_overlap(
    spans: list[tuple[object, int, time, time]], index: int | None
) -> None:
    assert overlapping(spans) == index


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
    assert type_of(jpeg(scan=False, end=False) + b"\xff\xda\xff\xd9") == JPEG


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


@pytest.mark.parametrize(
    ("changes", "expires_on", "early"),
    [
        ({"expires_on": date(2027, 11, 26)}, TODAY, True),
        ({"expires_on": date(2027, 11, 26), "issued_on": TODAY}, date(2027, 1, 1), True),
        ({"expires_on": date(2027, 11, 26)}, YESTERDAY, False),
        ({"expires_on": date(2027, 11, 26)}, None, False),
        ({"expires_on": None}, date(2027, 1, 1), False),
        ({"expires_on": date(2027, 1, 1)}, date(2027, 1, 1), False),
        ({"expires_on": date(2026, 12, 1)}, date(2027, 1, 1), False),
        ({"issued_on": TODAY}, date(2027, 1, 1), False),
        ({"expires_on": date(2027, 11, 26), "number": "2"}, date(2027, 1, 1), False),
    ],
)
def test_an_early_renewal_is_a_later_last_day_of_what_still_counts_and_nothing_else(
    changes: dict[str, object], expires_on: date | None, *, early: bool
) -> None:
    assert is_early_renewal(changes, expires_on, TODAY) is early
