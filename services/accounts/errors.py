"""What accounts refuse."""

from __future__ import annotations

from services.kernel.errors import Refusal


class SignInFailed(Refusal):
    """The same answer for an unknown address, a wrong password and a wrong second factor."""

    status = 401
    code = "sign-in-failed"
    message = "The e-mail address, the password or the code is not right."


class SecondFactorNeeded(Refusal):
    status = 401
    code = "second-factor-needed"
    message = "Type the six digits that your authenticator app shows now."


class LinkUsed(Refusal):
    """The link did its work, or what it was made for has changed since."""

    status = 410
    code = "link-used"
    message = "This link was used, or the account has changed since it was sent. Ask for a new one."


class SecondFactorOn(Refusal):
    code = "second-factor-on"
    message = "Your second factor is on already."


class SecondFactorOff(Refusal):
    code = "second-factor-off"
    message = "You have no second factor that could be changed."


class SecondFactorRequired(Refusal):
    """What a role needs a second factor for."""

    status = 403
    code = "second-factor-required"
    message = "This needs a second factor. Set it up under 'My account', then come back."


class EmailNotProved(Refusal):
    code = "email-not-proved"
    message = "Prove your e-mail address first: without it nobody could give you back a lost account."


class EmailTaken(Refusal):
    code = "email-taken"
    message = "Another account has this address by now, so yours keeps the one it has."
