"""What reviews refuse."""

from __future__ import annotations

from services.kernel.errors import WrongState


class AlreadyReviewed(WrongState):
    code = "already-answered"
    message = "Your review was sent before. Thank you; it can be given once."


class ReplyIsFinal(WrongState):
    code = "reply-is-final"
    message = "A reply can be changed for a day after it was given, and that day is over."
