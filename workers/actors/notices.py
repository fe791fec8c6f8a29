"""Sends notices, one at a time, in two steps."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.kernel.ports import MailTransport, TextTransport
from services.kernel.work import ClinicWork
from services.notices import service as notices
from services.notices.schemas import ShortText
from workers.actor import Outside, actor


@actor(scope="same", outside=True)
async def send_notice(work: ClinicWork, ids: Mapping[str, str], outside: Outside) -> None:
    """Takes the notice, commits that, hands it to the transport, and notes how that ended.

    `work` holds the delivery's lock all the while, so a notice found in flight was left by a crash.
    """
    notice_id = UUID(ids["notice_id"])
    async with outside.database.begin(work.scope) as first:
        outgoing = await notices.take_for_sending(first, notice_id, outside.mail_from)
    if outgoing is None:
        return
    way: MailTransport | TextTransport = outside.texts if isinstance(outgoing, ShortText) else outside.mail
    try:
        if isinstance(outgoing, ShortText):
            await outside.texts.send(outgoing.to, outgoing.words, outgoing.key)
        else:
            await outside.mail.send(outgoing)
    except way.refused as error:
        dead = getattr(error, "dead_address", False)
        await notices.note_refused(work, notice_id, str(error), dead_address=dead)
        return
    except way.unanswered:
        raise  # it may have gone: it stays in flight, and the rule of its kind decides at the next try
    except Exception as error:
        async with outside.database.begin(work.scope) as back:
            await notices.note_not_sent(back, notice_id, type(error).__name__)
        raise
    await notices.note_sent(work, notice_id)


@actor(scope="clinic", outside=True)
async def forget_text(work: ClinicWork, ids: Mapping[str, str], outside: Outside) -> None:  # noqa: ARG001  only the gateway is touched
    """A person was erased: what the gateway still keeps of a text to them goes too."""
    await outside.texts.forget(ids["key"])
