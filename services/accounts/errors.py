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
