"""Sends notices, a few of a clinic at a time, in two steps."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from services.kernel.work import ClinicWork
from services.notices import sending
from services.notices.schemas import ShortText
from services.notices.sending import Outgoing
from workers.actor import Job, Outside, actor


@actor(scope="same", outside=True, several=True)
async def send_notice(work: ClinicWork, jobs: Sequence[Job], outside: Outside) -> Mapping[UUID, Exception]:
    """Takes the notices, commits that, hands them to their transports at once, and notes how that ended.

    `work` holds the deliveries' locks all the while, so a notice found in flight was left by a crash.
    """
    taken = await _take(work, jobs, outside)
    answers = await asyncio.gather(*(_hand_over(one, outside) for _, one in taken), return_exceptions=True)
    sent: list[UUID] = []
    failed: dict[UUID, Exception] = {}
    for (job, _), answer in zip(taken, answers, strict=True):
        if answer is None:
            sent.append(_notice_of(job))
        elif isinstance(answer, Exception):
            with job.traced():
                if not await _is_refused(work, job, answer, outside):
                    failed[job.id] = answer
        else:
            raise answer
    await sending.note_sent(work, sent)
    return failed


async def _take(work: ClinicWork, jobs: Sequence[Job], outside: Outside) -> list[tuple[Job, Outgoing]]:
    taken: list[tuple[Job, Outgoing]] = []
    async with outside.database.begin(work.scope) as first:
        taking = await sending.open_for_sending(first, [_notice_of(job) for job in jobs])
        for job in jobs:
            with job.traced():
                outgoing = await taking.take(_notice_of(job), outside.mail_from)
            if outgoing is not None:
                taken.append((job, outgoing))
        await taking.finish()
    return taken


async def _hand_over(outgoing: Outgoing, outside: Outside) -> None:
    if isinstance(outgoing, ShortText):
        await outside.texts.send(outgoing.to, outgoing.words, outgoing.key)
    else:
        await outside.mail.send(outgoing)


async def _is_refused(work: ClinicWork, job: Job, error: Exception, outside: Outside) -> bool:
    """Notes what an error of handing over means; false where the job is to be tried again."""
    if isinstance(error, (outside.mail.refused, outside.texts.refused)):
        dead = getattr(error, "dead_address", False)
        await sending.note_refused(work, _notice_of(job), str(error), dead_address=dead)
        return True
    if not isinstance(error, (outside.mail.unanswered, outside.texts.unanswered)):
        async with outside.database.begin(work.scope) as back:
            await sending.note_not_sent(back, _notice_of(job), type(error).__name__)
    # unanswered: it may have gone, so it stays in flight, and the rule of its kind decides at the next try
    return False


def _notice_of(job: Job) -> UUID:
    return UUID(job.ids["notice_id"])


@actor(scope="clinic", outside=True)
async def forget_text(work: ClinicWork, ids: Mapping[str, str], outside: Outside) -> None:  # noqa: ARG001  only the gateway is touched
    """A person was erased: what the gateway still keeps of a text to them goes too."""
    await outside.texts.forget(ids["key"])
