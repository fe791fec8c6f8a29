"""Facts of privacy that refuse a request."""

from __future__ import annotations

from services.kernel.errors import Refusal


class OwnsClinic(Refusal):
    code = "owns-clinic"
    message = "You are the only owner of a clinic. Make someone else an owner, or close the clinic, first."


class Moderates(Refusal):
    code = "moderates"
    message = "A moderator's account is closed by an operator. Ask one."


class AlreadyErasing(Refusal):
    code = "already-erasing"
    message = "The erasure has begun."


class NotReady(Refusal):
    code = "not-ready"
    message = "The file is being made. Look again in a moment."


class FileGone(Refusal):
    status = 410
    code = "file-gone"
    message = "The file is gone: it was kept for seven days. Ask for another one."
