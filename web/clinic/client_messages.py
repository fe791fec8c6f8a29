"""What the clinic's clients are sent: when they are reminded, and the clinic's own words."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide

from services.kernel.errors import InvalidFields
from services.kernel.language import N_
from services.notices import own_words
from services.notices.own_words import OwnWordsIn
from services.notices.schemas import Message
from services.notices.words_rules import LONGEST_GREETING, LONGEST_PARAGRAPH, LONGEST_SIGNATURE, PARAGRAPHS
from services.scheduling import reminders
from services.scheduling.models import TextReminders
from services.scheduling.reminder_rules import DEFAULT_HOURS, MOST_REMINDERS
from services.scheduling.reminders import ReminderPolicyIn
from web.clinic.desk import Desk, provide_desk
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to

Desk_ = NamedDependency[Desk]
# What the form offers; what was chosen through the API is offered beside it.
_OFFERED = (336, 168, 96, 72, 48, 24, 12, 6, 3, 2)
_A_DAY = 24
_TEXTS = (
    (TextReminders.OFF, N_("None")),
    (TextReminders.LAST, N_("The last one before a visit")),
    (TextReminders.ALL, N_("All of them")),
)


class ClientMessagePages(Controller):
    """`/clinic/{slug}/client-messages`."""

    path = "/clinic/{slug:str}/client-messages"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def show(self, desk: Desk_) -> Response[str]:
        """When clients are reminded."""
        return await _page(desk, Form())

    @post("/reminders", status_code=200)
    async def choose(self, desk: Desk_) -> Response[Any]:
        """Other times for reminders."""
        desk.access("clinic:manage")
        form = await read_form(desk.request, "hours")
        try:
            policy = check(form, ReminderPolicyIn)
        except InvalidFields as refusal:
            return await _page(desk, form.reject(refusal), status=422)
        async with desk.work("clinic:manage") as work:
            await reminders.choose_policy(work, policy)
        return go_to(f"/clinic/{desk.slug}/client-messages", flash="Saved. Visits that are booked follow it.")

    @post("/words", status_code=200)
    async def write(self, desk: Desk_) -> Response[Any]:
        """Other words; with `preview`, one message with them as an example, and nothing kept yet."""
        desk.access("clinic:manage")
        form = await read_form(desk.request)
        try:
            given = read_words(form)
            async with desk.work("clinic:manage") as work:
                await own_words.check_words(work, given)
                kind = form.values.get("preview", "")
                if kind in PARAGRAPHS:
                    shown = await own_words.preview(work, kind, given.words())
                    return await _page(desk, form, shown=shown)
                await own_words.choose_words(work, given)
        except InvalidFields as refusal:
            return await _page(desk, form.reject(refusal), status=422)
        return go_to(f"/clinic/{desk.slug}/client-messages#words", flash="Saved, for messages from now on.")


def read_words(form: Form) -> OwnWordsIn:
    """The form as a clinic's own words. Raises field errors."""
    # A page of the version before calls a paragraph by its kind alone.
    typed = {kind: form.values.get(_field(kind), form.values.get(kind)) for kind in PARAGRAPHS}
    paragraphs = {kind: text for kind, text in typed.items() if text}
    return check(form, OwnWordsIn, paragraphs=paragraphs)


def _field(kind: str) -> str:
    """What the paragraph of that kind of message is called in the form and in its errors."""
    return f"paragraphs.{kind}"


async def _page(desk: Desk, form: Form, *, status: int = 200, shown: Message | None = None) -> Response[str]:
    async with desk.work("clinic:manage") as work:
        policy = await reminders.get_policy(work)
        words = await own_words.get_words(work)
        sends_texts = work.tools.texts
    chosen = [str(hour) for hour in policy.hours]
    offered = sorted({*_OFFERED, *policy.hours}, reverse=True)
    return desk.page(
        "clinic/setup/client_messages.html",
        current="client_messages",
        status=status,
        offered=[(str(hours), _before(hours)) for hours in offered],
        chosen=form.values.get("hours", chosen),
        sends_texts=sends_texts,
        text_choices=[(choice, gettext(words)) for choice, words in _TEXTS],
        texts=form.values.get("texts", policy.texts),
        usual=gettext(" and ").join(_before(hours) for hours in DEFAULT_HOURS),
        most=MOST_REMINDERS,
        kinds={kind: gettext(name) for kind, name in PARAGRAPHS.items()},
        fields={kind: _field(kind) for kind in PARAGRAPHS},
        words=form.values
        if "greeting" in form.values
        else {
            "greeting": words.greeting,
            "signature": words.signature,
            **{_field(kind): text for kind, text in words.paragraphs.items()},
        },
        longest={
            "greeting": LONGEST_GREETING,
            "signature": LONGEST_SIGNATURE,
            "paragraph": LONGEST_PARAGRAPH,
        },
        shown=shown,
        errors=form.errors,
    )


def _before(hours: int) -> str:
    days, rest = divmod(hours, _A_DAY)
    if rest or not days:
        return gettext("an hour before") if hours == 1 else gettext("{n} hours before").format(n=hours)
    return gettext("a day before") if days == 1 else gettext("{n} days before").format(n=days)
