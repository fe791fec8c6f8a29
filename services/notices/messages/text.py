"""Text messages: at most two segments, the way to the booking in them, and nothing of health, as on a locked screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.kernel.language import gettext as _
from services.kernel.language import short_moment
from services.notices.messages.booking import Visits, in_the_clients_language, said_of
from services.notices.models import Channel
from services.notices.schemas import Message
from services.notices.text_rules import fitting
from services.scheduling.reminder_rules import reminder_version

_NAME_SIGNS = 30


@in_the_clients_language
def reminder(visits: Visits, hours: int, now: datetime, number: str, path: str) -> Message | None:
    """To the number, so many hours before; nothing when the visit is not confirmed, has begun, or fits no text.

    `path` is the short one to where the client manages it: moves it, cancels it, or stops texts.
    """
    first = visits.first
    text = fitting(_wordings(visits, f"{visits.base_url}{path}"))
    if text is None or not first.may_say_coming(now):
        return None
    return Message(
        kind="booking.reminder.text",
        subject_id=first.id,
        version=reminder_version(first.sequence, hours),
        recipient=number,
        title=_("Text message: a reminder"),
        text=text,
        html="",
        says=(said_of(first),),
        zone=first.time_zone,
        client_id=first.client_id,
        channel=Channel.TEXT,
    )


def _wordings(visits: Visits, url: str) -> Iterator[str]:
    """The reminder in ever fewer words; the name of the clinic, the time and the link are in all of them."""
    name, when = visits.first.clinic_name, short_moment(visits.first.starts_at, visits.first.time_zone)
    yield _(
        "{clinic}: your appointment is on {when}. See, move, cancel, or stop texts: {url}",
        clinic=name,
        when=when,
        url=url,
    )
    for shorter in (name, name[:_NAME_SIGNS].rstrip()):
        yield f"{shorter}: {when}. {url}"
