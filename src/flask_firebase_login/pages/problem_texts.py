"""What an error is called on a page, for whoever meets it; what is told to developers stands beside it, in English."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Rejected
from .texts import Texts


@dataclass(frozen=True)
class ProblemTexts:
    """What a page says of an error.

    Attributes:
        title: What has happened.
        advice: What to do.
    """

    title: str
    advice: str


def explain_problem(problem: Rejected, texts: Texts) -> ProblemTexts:
    """Return what a page says of an error, in the user's language.

    Args:
        problem: What was answered.
        texts: Of that language.
    """
    _ = texts.gettext
    again, ask = _("Go back and try it once more."), _("If it stays so, ask the people who run this site.")
    known = {
        "account_disabled": (_("Your account is disabled"), _("Ask the people who run this site.")),
        "cross_origin_rejected": (_("This came from another site"), _("Nothing was done. Open this site and try it there.")),
        "database_unavailable": (_("This site is not available at the moment"), _("Try it again in a minute.")),
        "not_found": (_("There is nothing here"), _("The address may be wrong, or what was here is gone.")),
        "not_signed_in": (_("Sign in first"), _("Sign in and try it once more.")),
        "rate_limited": (_("Too many attempts"), _("Wait a few minutes, then try again.")),
        "recent_sign_in_required": (_("Sign in again first"), _("Sign in and try it once more.")),
        "role_required": (_("You may not do this"), _("Ask the people who run this site.")),
        "too_large": (_("That is too much"), again),
        "user_changed": (_("Somebody else is signed in"), again),
    }
    return ProblemTexts(*known.get(problem.code, (_("That did not work"), f"{again} {ask}")))
