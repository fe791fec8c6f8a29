"""Use cases: a message goes to a clinic's side, written in the language of who reads it there."""

from __future__ import annotations

from collections.abc import Callable

from services.clinics import service as clinics
from services.kernel.language import speaking
from services.kernel.work import ClinicWork
from services.notices import service as notices
from services.notices.schemas import Message


async def tell_owners(work: ClinicWork, write: Callable[[str], Message]) -> None:
    """A message to each owner in their own language; `write` writes it to an address."""
    for owner in await clinics.list_owners(work):
        with speaking(owner.language):
            message = write(owner.email)
        await notices.queue(work, message)


async def tell_address(work: ClinicWork, address: str, write: Callable[[], Message]) -> None:
    """A message to the clinic's own address, in the language of letters to it (`clinics.find_language`)."""
    with speaking(await clinics.find_language(work, address)):
        message = write()
    await notices.queue(work, message)
