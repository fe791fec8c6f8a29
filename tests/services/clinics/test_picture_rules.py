"""Rules of pictures: which files are taken, which sizes are made, who sees what, in which order."""

from __future__ import annotations

import pytest

from services.clinics.picture_rules import file_problem, is_shown, moved, size_problem, sizes_of
from tests.services.clinics.photos import HOSTILE, ZIP, photo, with_place


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_file_is_refused_at_its_field_by_its_bytes_alone(name: str) -> None:
    content, code = HOSTILE[name]
    problem = file_problem(content)
    assert problem is not None
    assert (problem.field, problem.code) == ("file", code)
    assert problem.message.endswith(".")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_whole_picture_is_taken_with_whatever_its_camera_adds(kind: str) -> None:
    assert file_problem(photo(kind)) is None
    assert file_problem(photo(kind) + ZIP) is None
    assert file_problem(with_place()) is None


def test_the_limits_of_size_are_exact() -> None:
    fine = [(600, 150), (150, 600), (8_000, 6_250), (6_250, 8_000), (8_000, 2_000)]
    assert [size for size in fine if size_problem(*size)] == []
    wrong = {
        (599, 599): ("too-small", "The picture is 599 by 599 pixels. It needs at least 600 on its long side"),
        (600, 149): ("too-narrow", "four times its short one"),
        (8_001, 6_000): ("too-many-pixels", "Send one of at most 8,000 on its long side."),
        (8_000, 6_251): ("too-many-pixels", "Send one of at most 50 megapixels."),
    }
    for size, (code, words) in wrong.items():
        for sides in (size, size[::-1]):
            problem = size_problem(*sides)
            assert problem is not None
            assert (problem.field, problem.code) == ("file", code)
            assert code == "too-small" or words in problem.message
    small = size_problem(599, 599)
    assert small is not None
    assert small.message.startswith(wrong[(599, 599)][1])


def test_sizes_are_never_larger_than_the_picture_and_keep_its_shape() -> None:
    assert sizes_of(4_000, 3_000) == {"small": (400, 300), "medium": (800, 600), "large": (1600, 1200)}
    assert sizes_of(1_600, 1_201) == {"small": (400, 300), "medium": (800, 600), "large": (1600, 1201)}
    assert sizes_of(1_000, 700) == {"small": (400, 280), "medium": (800, 560), "large": (1000, 700)}
    assert sizes_of(800, 600) == {"small": (400, 300), "medium": (800, 600)}
    assert sizes_of(801, 600)["large"] == (801, 600)
    assert sizes_of(400, 1_600) == {"small": (400, 1_600)}
    assert sizes_of(300, 900) == {"small": (300, 900)}


def test_the_public_sees_what_is_ready_described_and_not_taken_down() -> None:
    assert is_shown("ready", "A room", None)
    assert not is_shown("pending", "A room", None)
    assert not is_shown("failed", "A room", None)
    assert not is_shown("ready", "", None)
    assert not is_shown("ready", "A room", "2026-11-26")


def test_a_picture_is_moved_to_a_place_counted_from_one() -> None:
    assert moved("abcd", "c", 1) == list("cabd")
    assert moved("abcd", "a", 3) == list("bcad")
    assert moved("abcd", "b", 2) == list("abcd")
    assert moved("abcd", "a", 4) == moved("abcd", "a", 9) == list("bcda")
    assert moved("abcd", "d", 0) == moved("abcd", "d", 1) == list("dabc")
