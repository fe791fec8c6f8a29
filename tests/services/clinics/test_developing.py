"""Pictures developed apart: the same prints, the same words, and an end to whatever would go on."""

from __future__ import annotations

import asyncio

import pytest

from services.clinics import darkroom, developing
from services.clinics.darkroom import FOR_ANYONE, Unreadable
from services.courses import photos
from services.kernel.deliveries import PutOff
from tests.services.clinics.photos import damaged, photo, with_place
from tests.services.courses.photo_files import heic


async def test_what_comes_from_apart_is_what_the_darkroom_makes() -> None:
    for content in (with_place(), photo("PNG"), photo("WEBP")):
        assert await developing.develop(content) == darkroom.develop(content, FOR_ANYONE)
    order = photos._ORDER
    assert await developing.develop(heic(), order) == darkroom.develop(heic(), order)


async def test_what_cannot_be_decoded_is_told_in_the_darkrooms_words() -> None:
    with pytest.raises(Unreadable, match="cut off or damaged"):
        await developing.develop(damaged())


async def test_a_picture_that_would_be_decoded_without_end_is_given_up_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(developing, "_PROGRAM", "tests.services.clinics.endless_darkroom")
    with pytest.raises(Unreadable, match="takes too long to prepare"):
        await developing.develop(photo())


async def test_whoever_finds_the_darkroom_in_use_waits_somewhere_else() -> None:
    async with asyncio.TaskGroup() as both:
        first = both.create_task(developing.develop(photo()))
        await asyncio.sleep(0)
        with pytest.raises(PutOff):
            await developing.develop(photo())
    assert first.result()
