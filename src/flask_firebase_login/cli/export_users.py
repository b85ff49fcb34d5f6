"""`flask firebase-login export-users`: the users of a table, as the file that Firebase imports."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import string
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import click
from sqlalchemy import func, inspect, select, update

from ..accounts.hooks import fold_address
from ..accounts.models import MAX_EMAIL_CHARACTERS, is_out
from ..database.columns import key_column
from ..web.services import Services
from .output import json_option, print_json, show_progress
from .password_hashes import UnknownHash, read_password_hash
from .site import in_site

BATCH = 500
UID_CHARACTERS = 28
"""As many as Firebase's own have."""
_UNFINISHED = ".users-"
NO_PASSWORD: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Columns:
    """Where a site keeps what is exported.

    Attributes:
        email: The e-mail address.
        password_hash: The password's hash; None where the site keeps none.
        name: The name to show.
        is_verified: Whether the site has verified the address.
    """

    email: Any
    password_hash: Any
    name: Any
    is_verified: Any


@dataclass
class Report:
    """What came of the rows.

    Attributes:
        groups: How many users there are with each set of Firebase's parameters.
        left_out: Keys of rows that are not exported, by why.
        without_password: How many come without their password, by why.
    """

    groups: Counter[tuple[tuple[str, str], ...]] = field(default_factory=Counter)
    left_out: dict[str, list[Any]] = field(default_factory=dict)
    without_password: Counter[str] = field(default_factory=Counter)


@click.command("export-users")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--email", default="email", show_default=True, help="The attribute that holds the e-mail address.")
@click.option("--password-hash", default="password_hash", show_default=True, help="The attribute that holds the hash.")
@click.option("--name", default=None, help="The attribute that holds the name to show.")
@click.option("--verified", default=None, help="The attribute that says whether the address is verified; without it, none is.")
@click.option(
    "--write", is_flag=True, help="Write the uids into the table and the files into FOLDER; without it, this is a dry run."
)
@json_option
@in_site
def export(
    services: Services,
    folder: Path,
    email: str,
    password_hash: str,
    name: str | None,
    verified: str | None,
    write: bool,
    as_json: bool,
) -> None:
    """Write the users into FOLDER, for Firebase's import.

    They are those of the table of accounts, and the files are for
    "firebase auth:import". Each row gets the uid that its user will have at
    Firebase, so that whoever signs in there has their old account here.

    Without --write nothing is changed. It may be interrupted and run again: a
    row keeps the uid that it has been given.
    """
    model, db_session = services.accounts.model, services.db_session
    columns = Columns(*(_find_column(model, attribute) for attribute in (email, password_hash, name, verified)))
    if write:
        _check_folder(folder)
    report = Report()
    with Files(folder if write else None) as files:
        _export(model, db_session, columns, report, files)
    if as_json:
        print_json(_describe_report(report, folder, services.config.project_id, is_written=write))
    else:
        _print_report(report, folder, services.config.project_id, is_written=write)


class Files:
    """The files, one for each set of parameters; all of them appear at the end, or none does.

    Args:
        folder: Where they are; None writes none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._open: dict[str, TextIO] = {}
        self._paths: dict[str, Path] = {}

    def __enter__(self) -> Files:
        """Take away what a run that was killed has left."""
        if self._folder is not None:
            for left_over in self._folder.glob(f"{_UNFINISHED}*"):
                left_over.unlink()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Put the files in their places, readable by their owner alone; where something was raised, take them away."""
        for name, file in self._open.items():
            file.write("\n]}\n")
            file.close()
            if kind is None and self._folder is not None:
                self._paths[name].replace(self._folder / name)
            else:
                self._paths[name].unlink()

    @property
    def writes(self) -> bool:
        """Whether anything is written."""
        return self._folder is not None

    def write(self, parameters: tuple[tuple[str, str], ...], user: dict[str, Any]) -> None:
        """Add a user."""
        if self._folder is None:
            return
        name = file_name(parameters)
        is_first = name not in self._open
        if is_first:
            descriptor, path = tempfile.mkstemp(prefix=_UNFINISHED, dir=self._folder)  # readable by its owner alone
            self._open[name] = open(descriptor, "w", encoding="utf-8")  # noqa: SIM115, PTH123
            self._paths[name] = Path(path)
        self._open[name].write(('{"users": [\n' if is_first else ",\n") + json.dumps(user))


def file_name(parameters: tuple[tuple[str, str], ...]) -> str:
    """Return what the file of users with the same parameters is called."""
    return f"users-{'-'.join(value.lower() for _, value in parameters) or 'without-password'}.json"


def make_uid() -> str:
    """Return a random uid of Firebase's own form."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(UID_CHARACTERS))


def _export(model: type[Any], db_session: Any, columns: Columns, report: Report, files: Files) -> None:
    total = db_session.scalar(select(func.count()).select_from(model))
    twice = _find_addresses_of_several(columns.email, db_session)
    with show_progress(total, "Users") as bar:
        for batch in _read_batches(model, db_session):
            for row in batch:
                why = _find_obstacle(row, columns, twice)
                uid = _give_uid(row, model, db_session) if why is None and files.writes else None
                if why is None and files.writes and uid is None:
                    why = "have signed in, or been disabled, meanwhile"
                if why is None:
                    _export_row(row, uid, columns, report, files)
                else:
                    report.left_out.setdefault(why, []).append(inspect(row).identity[0])
            db_session.commit()
            bar.update(len(batch))


def _export_row(row: Any, uid: str | None, columns: Columns, report: Report, files: Files) -> None:
    user: dict[str, Any] = {
        "email": _value(row, columns.email).strip(),
        "emailVerified": bool(_value(row, columns.is_verified)),
    }
    if (name := _value(row, columns.name)) is not None:
        user["displayName"] = str(name)
    parameters = NO_PASSWORD
    if (stored := _value(row, columns.password_hash)) in (None, ""):
        report.without_password["no password"] += 1
    else:
        try:
            found = read_password_hash(stored.decode(errors="replace") if isinstance(stored, bytes) else str(stored))
        except UnknownHash as error:
            report.without_password[str(error)] += 1
        else:
            parameters = found.parameters
            user |= {"passwordHash": found.digest} | ({"salt": found.salt} if found.salt is not None else {})
    report.groups[parameters] += 1
    files.write(parameters, {"localId": uid} | user)


def _give_uid(row: Any, model: type[Any], db_session: Any) -> str | None:
    """Write the uid of a row, unless it has one; None where its user has come, or has been disabled, since the row was read."""
    key = inspect(row).identity[0]
    written = db_session.execute(
        update(model)
        .where(key_column(model) == key, model.last_signed_in_at.is_(None), model.disabled_at.is_(None))
        .where(model.firebase_uid.is_(None) if row.firebase_uid is None else model.firebase_uid == row.firebase_uid)
        .values(firebase_uid=row.firebase_uid or make_uid())
        .execution_options(synchronize_session=False)
    )
    if written.rowcount != 1:
        return None
    db_session.refresh(row)
    uid: str = row.firebase_uid
    return uid


def _find_obstacle(row: Any, columns: Columns, twice: set[str]) -> str | None:
    """Return why a row is not exported."""
    email = _value(row, columns.email)
    if row.last_signed_in_at is not None:
        return "sign in through Firebase already"
    if not isinstance(email, str) or "@" not in email or len(email) > MAX_EMAIL_CHARACTERS:
        return "have no valid e-mail address"
    if fold_address(email) in twice:
        return "share an e-mail address: merge them first"
    if is_out(row):
        return "are disabled"
    return None


def _find_addresses_of_several(column: Any, db_session: Any) -> set[str]:
    """By the letters that `by_verified_email` goes by, whatever the database takes for one."""
    counted = Counter(fold_address(email) for email in db_session.scalars(select(column).where(column.is_not(None))))
    return {email for email, count in counted.items() if count > 1}


def _read_batches(model: type[Any], db_session: Any) -> Iterator[list[Any]]:
    key, last = key_column(model), None
    while True:
        wanted = select(model).order_by(key).limit(BATCH)
        batch = list(db_session.scalars(wanted if last is None else wanted.where(key > last)))
        if not batch:
            return
        last = inspect(batch[-1]).identity[0]
        yield batch
        db_session.expunge_all()


def _find_column(model: type[Any], attribute: str | None) -> Any:
    if attribute is None:
        return None
    if attribute not in inspect(model).column_attrs:
        known = ", ".join(column.key for column in inspect(model).column_attrs)
        raise click.UsageError(f"{model.__name__} has no column {attribute!r}; it has {known}.")
    return getattr(model, attribute)


def _value(row: Any, column: Any) -> Any:
    return None if column is None else getattr(row, column.key)


def _check_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        click.echo(f"Others can look into {folder}. The files will be yours alone; so should the folder be.", err=True)


def _describe_report(report: Report, folder: Path, project_id: str, *, is_written: bool) -> dict[str, Any]:
    files = [
        {"users": count, "path": str(folder / file_name(parameters)), "command": _make_command(parameters, folder, project_id)}
        for parameters, count in report.groups.items()
    ]
    left_out = {why: [str(key) for key in keys] for why, keys in report.left_out.items()}
    return {"written": is_written, "files": files, "left_out": left_out, "without_password": dict(report.without_password)}


def _make_command(parameters: tuple[tuple[str, str], ...], folder: Path, project_id: str) -> str:
    options = [f"--{name}={value}" for name, value in parameters]
    return shlex.join(["firebase", "auth:import", str(folder / file_name(parameters)), *options, f"--project={project_id}"])


def _print_report(report: Report, folder: Path, project_id: str, *, is_written: bool) -> None:
    for why, keys in report.left_out.items():
        shown = ", ".join(str(key) for key in keys[:10]) + (", …" if len(keys) > 10 else "")
        click.echo(f"{len(keys):,} are left out: they {why} (keys {shown}).")
    for why, count in report.without_password.items():
        click.echo(f"{count:,} come without their password: {why}. They sign in by a provider, a link or a new password.")
    click.echo(f"{sum(report.groups.values()):,} users" + (":" if report.groups else "."))
    for parameters, count in report.groups.items():
        click.echo(f"  {count:>8,}  {_make_command(parameters, folder, project_id)}")
    if is_written:
        click.echo("The files hold hashes of passwords: delete them once they are imported.")
    else:
        click.echo("This was a dry run: nothing was written. Repeat it with --write.")
