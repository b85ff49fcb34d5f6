"""How a command ends: its exit code, and what went wrong as one sentence on standard error.

CommandFailed         1     it failed
├── Misused           2     it was not understood, as click's own UsageError, or needs --yes
├── NothingFound      3     there is no such user or session
├── SeveralMeant      4     several users are meant; they are listed, and none is chosen
└── Interrupted     130     Ctrl-C
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..database.diagnosis import conceal, explain_missing
from ..database.transactions import is_unavailable
from ..errors import ConfigError, NotFound, Rejected


class CommandFailed(click.ClickException):
    """The command ends here; its message says what was wrong, and what to do."""

    exit_code = 1


class Misused(CommandFailed):
    """The command cannot be done as it was given."""

    exit_code = 2


class NothingFound(CommandFailed):
    """There is no such user or session."""

    exit_code = 3


class SeveralMeant(CommandFailed):
    """Several users are meant, and none is chosen."""

    exit_code = 4


class Interrupted(CommandFailed):
    """The user of the terminal has ended it."""

    exit_code = 130


@contextmanager
def in_a_sentence(tables: Sequence[Table] = ()) -> Iterator[None]:
    """End the command by a sentence and an exit code where others fail: the configuration, the database, or the user's Ctrl-C.

    A defect stays an exception with its traceback, and a closed pipe is click's to end quietly.

    Args:
        tables: Ours; where one is missing, the sentence says what to run.

    Raises:
        CommandFailed: It has failed.
    """
    try:
        yield
    except (KeyboardInterrupt, click.Abort):
        raise Interrupted(
            "Interrupted. What was done before stays done, and nothing is half done. Run the command again to go on."
        ) from None
    except ConfigError as error:
        raise CommandFailed(f"The site does not start: {error} `flask firebase-login doctor` checks the rest.") from None
    except NotFound as error:
        raise NothingFound(error.detail) from None
    except Rejected as error:
        raise CommandFailed(error.detail) from None
    except (DBAPIError, PoolTimeout) as error:
        raise CommandFailed(_explain(error, tables)) from None


def _explain(error: DBAPIError | PoolTimeout, tables: Sequence[Table]) -> str:
    """Return what to do about a database that does not serve; what is no fault of the site's set-up is raised again."""
    if (explanation := explain_missing(error, tables)) is not None:
        return explanation
    if not is_unavailable(error):
        if isinstance(error, DBAPIError):
            conceal(error)
        raise error
    return "The database does not answer, or is too busy. Check SQLALCHEMY_DATABASE_URI and the database, then run the command again."
