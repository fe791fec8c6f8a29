"""Pictures from upload to erasure: prepared once, shown only when they may be, and gone with their files."""

from __future__ import annotations

from uuid import UUID

import pytest

from infra.platform.mail import MailboxOnly
from services.clinics import pictures
from services.clinics.models import PictureState
from services.clinics.picture_rules import MOST_PICTURES
from services.clinics.picture_schemas import NewPicture, PicturePatch, PictureView
from services.clinics.pictures import TooManyPictures
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.work import Database
from services.practitioners import service as practitioners
from tests.factories import World, live_clinic
from tests.services.clinics.photos import HOSTILE, ZIP, damaged, photo
from workers.inline import drain

COLOURS = ["#2a2320", "#0f5c57", "#b4532a", "#e9b9a0", "#2f6b3c", "#8a5a00"]


async def upload(
    database: Database, world: World, content: bytes, *, alt: str = "A bright room with one chair"
) -> PictureView:
    async with database.begin(world.scope) as work:
        return await pictures.add_picture(work, NewPicture(alt=alt, no_client=True), content)


async def state_of(database: Database, world: World, picture_id: UUID) -> PictureView:
    async with database.begin(world.scope) as work:
        return await pictures.get_picture(work, picture_id)


async def read(
    database: Database, world: World, name: str, *, shown_only: bool = True
) -> tuple[str, bytes] | None:
    async with database.begin(world.scope) as work:
        try:
            file, content = await pictures.read_file(work, name, shown_only=shown_only)
        except NotFound:
            return None
        return file.content_type, content


async def stored(database: Database, world: World, picture_id: UUID, place: str) -> bytes | None:
    try:
        return await database.tools.storage.get(f"{world.clinic_id}/pictures/{picture_id}/{place}")
    except KeyError:
        return None


async def test_a_picture_is_prepared_after_the_upload_and_shown_by_names_made_of_its_content(
    database: Database,
) -> None:
    world = await live_clinic(database)
    made = await upload(database, world, photo() + ZIP)
    assert (made.state, made.is_shown, made.files) == (PictureState.PENDING, False, [])
    assert await stored(database, world, made.id, "original") == photo()
    await drain(database, MailboxOnly())
    ready = await state_of(database, world, made.id)
    assert (ready.state, ready.is_shown) == (PictureState.READY, True)
    assert {(file.content_type, file.width) for file in ready.files} == {
        (kind, width) for kind in ("image/webp", "image/jpeg") for width in (400, 800, 900)
    }
    for file in ready.files:
        found = await read(database, world, file.name)
        assert found is not None
        assert found[0] == file.content_type
    async with database.begin(world.scope) as work:
        await pictures.develop_picture(work, made.id)
    assert await state_of(database, world, made.id) == ready


async def test_without_words_or_taken_down_only_the_team_reaches_it(database: Database) -> None:
    world = await live_clinic(database)
    made = await upload(database, world, photo(), alt=" ")
    await drain(database, MailboxOnly())
    name = (await state_of(database, world, made.id)).files[0].name
    assert await read(database, world, name) is None
    assert await read(database, world, name, shown_only=False) is not None
    async with database.begin(world.scope) as work:
        await pictures.update_picture(work, made.id, PicturePatch(alt="The entrance, without a step"))
    assert await read(database, world, name) is not None
    async with database.begin(world.scope) as work:
        await pictures.take_down(work, made.id, "A client can be recognised.")
    assert await read(database, world, name) is None
    assert await read(database, world, name, shown_only=False) is not None
    async with database.begin(world.scope) as work:
        await pictures.put_back(work, made.id)
    assert await read(database, world, name) is not None
    assert await read(database, world, "0" * 32 + ".webp") is None


async def test_another_clinic_finds_neither_picture_nor_file(database: Database) -> None:
    world, other = await live_clinic(database), await live_clinic(database, name="Other", city="Chicago")
    made = await upload(database, world, photo())
    await drain(database, MailboxOnly())
    name = (await state_of(database, world, made.id)).files[0].name
    assert await read(database, other, name, shown_only=False) is None
    async with database.begin(other.scope) as work:
        for use in (pictures.get_picture, pictures.remove_picture):
            with pytest.raises(NotFound):
                await use(work, made.id)
        with pytest.raises(NotFound):
            await pictures.update_picture(work, made.id, PicturePatch(alt="Mine"))
        await pictures.develop_picture(work, made.id)
        await pictures.take_down(work, made.id, "Not mine to take down.")
        await pictures.erase_picture_files(work, made.id)
    assert await read(database, world, name) is not None


async def test_a_picture_that_cannot_be_decoded_fails_with_its_reason(database: Database) -> None:
    world = await live_clinic(database)
    broken = await upload(database, world, damaged())
    lost = await upload(database, world, photo())
    await database.tools.storage.delete(f"{world.clinic_id}/pictures/{lost.id}/original")
    await drain(database, MailboxOnly())
    for made, words in ((broken, "cut off or damaged"), (lost, "lost on its way")):
        found = await state_of(database, world, made.id)
        assert (found.state, found.files) == (PictureState.FAILED, [])
        assert words in found.problem


async def test_nothing_is_kept_of_what_is_refused(database: Database) -> None:
    world = await live_clinic(database)
    for content, code in HOSTILE.values():
        with pytest.raises(InvalidFields) as refused:
            await upload(database, world, content)
        assert [(error.field, error.code) for error in refused.value.errors] == [("file", code)]
    async with database.begin(world.scope) as work:
        with pytest.raises(InvalidFields) as refused:
            await pictures.add_picture(work, NewPicture(alt="A room"), photo())
        assert [error.field for error in refused.value.errors] == ["no_client"]
        assert await pictures.list_pictures(work) == []


async def test_the_same_bytes_are_taken_once_and_twelve_pictures_at_most(database: Database) -> None:
    world = await live_clinic(database)
    await upload(database, world, photo())
    with pytest.raises(InvalidFields) as refused:
        await upload(database, world, photo() + ZIP)
    assert [error.code for error in refused.value.errors] == ["duplicate"]
    for number in range(MOST_PICTURES - 1):
        await upload(database, world, photo(width=901 + number))
    with pytest.raises(TooManyPictures):
        await upload(database, world, photo(width=900, height=700))


async def test_a_removed_picture_takes_its_files_with_it(database: Database) -> None:
    world = await live_clinic(database)
    made = await upload(database, world, photo(width=1_700, height=900))
    await drain(database, MailboxOnly())
    places = [
        "original",
        *(f"{size}.{end}" for size in ("small", "medium", "large") for end in ("webp", "jpg")),
    ]
    assert all([await stored(database, world, made.id, place) for place in places])
    async with database.begin(world.scope) as work:
        await pictures.erase_picture_files(work, made.id)
    assert await stored(database, world, made.id, "original") is not None
    async with database.begin(world.scope) as work:
        await pictures.remove_picture(work, made.id)
    assert await stored(database, world, made.id, "original") is not None
    await drain(database, MailboxOnly())
    assert not any([await stored(database, world, made.id, place) for place in places])
    async with database.begin(world.scope) as work:
        await pictures.develop_picture(work, made.id)
    assert await stored(database, world, made.id, "small.webp") is None


async def test_order_and_cover_are_the_clinics_choice(database: Database) -> None:
    world = await live_clinic(database)
    first, second, third = [
        await upload(database, world, photo(colour=colour), alt=colour) for colour in COLOURS[:3]
    ]
    await drain(database, MailboxOnly())

    async def shelf() -> tuple[str, list[str]]:
        async with database.begin(world.scope) as work:
            found = await pictures.load_shelf(work)
        assert found.cover is not None
        return found.cover.alt, [picture.alt for picture in found.pictures]

    assert await shelf() == (COLOURS[0], COLOURS[:3])
    async with database.begin(world.scope) as work:
        await pictures.update_picture(work, third.id, PicturePatch(position=1))
        await pictures.update_picture(work, second.id, PicturePatch(is_cover=True))
        await pictures.update_picture(work, first.id, PicturePatch(is_cover=True))
    assert await shelf() == (COLOURS[0], [COLOURS[2], COLOURS[0], COLOURS[1]])
    async with database.begin(world.scope) as work:
        await pictures.take_down(work, first.id, "Not of this clinic.")
    assert await shelf() == (COLOURS[2], [COLOURS[2], COLOURS[1]])
    async with database.begin(world.scope) as work:
        await pictures.put_back(work, first.id)
        await pictures.update_picture(work, first.id, PicturePatch(is_cover=False))
    assert await shelf() == (COLOURS[2], [COLOURS[2], COLOURS[0], COLOURS[1]])


async def test_a_portrait_follows_the_one_before_when_it_is_ready_and_leaves_with_its_person(
    database: Database,
) -> None:
    world = await live_clinic(database)
    sent = NewPicture(no_client=True)

    async def portrait(content: bytes) -> UUID:
        async with database.begin(world.scope) as work:
            return (await practitioners.set_portrait(work, world.practitioner_id, sent, content)).id

    async def shown() -> list[UUID]:
        async with database.begin(world.scope) as work:
            return [one.id for one in (await pictures.load_shelf(work)).portraits.values()]

    first = await portrait(photo(colour=COLOURS[0]))
    await drain(database, MailboxOnly())
    assert await shown() == [first]
    assert (await state_of(database, world, first)).alt == "Dr Mira Holm"
    hasty = await portrait(photo(colour=COLOURS[1]))
    second = await portrait(photo(colour=COLOURS[2]))
    assert await shown() == [first]
    await drain(database, MailboxOnly())
    assert await shown() == [second]
    async with database.begin(world.scope) as work:
        assert [one.id for one in await practitioners.list_portraits(work, world.practitioner_id)] == [second]
        with pytest.raises(NotFound):
            await pictures.update_picture(work, second, PicturePatch(is_cover=True))
        with pytest.raises(NotFound):
            await pictures.remove_picture(work, second)
        await practitioners.archive_practitioner(work, world.practitioner_id)
        with pytest.raises(NotFound):
            await practitioners.set_portrait(work, world.practitioner_id, sent, photo())
    assert await shown() == []
    await drain(database, MailboxOnly())
    for gone in (first, hasty, second):
        assert await stored(database, world, gone, "original") is None
