"""Notes: a site whose users, settings and notes are also the app's. Its sign-in and account pages are the library's own."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, abort, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, ForeignKey, String, delete, event, select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import HTTPException

from flask_firebase_login import FirebaseLogin, InvalidSettings

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
    "ja": "日本語",
    "ar": "العربية",
}
FOLDER = Path(__file__).parent.parent / "texts"
TEXTS = {language: json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8")) for language in LANGUAGES}
CHOICES = {"theme": ("system", "light", "dark"), "language": tuple(LANGUAGES), "sort": ("newest", "oldest", "alphabet")}
MAX_NOTE_CHARACTERS = 2000
UNDO_TIME = timedelta(hours=1)

app = Flask(__name__)
app.config["FIREBASE_LOGIN_NATIVE_CLIENTS"] = {"notes-app": {"name": "Notes", "redirect_uris": ["http://127.0.0.1/callback"]}}
app.config.from_prefixed_env()
db = SQLAlchemy(app)
firebase = FirebaseLogin(app, db)


@event.listens_for(Engine, "connect")
def set_sqlite_up(connection, _) -> None:
    """SQLite keeps to foreign keys, and lets readers read while somebody writes, where it is asked to."""
    if "sqlite" in type(connection).__module__:
        for pragma in ("foreign_keys = ON", "journal_mode = WAL", "busy_timeout = 5000"):
            connection.execute(f"PRAGMA {pragma}")


class Note(db.Model):
    """A note of one user's."""

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("firebase_account.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(String(MAX_NOTE_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


ORDERS = {"newest": Note.id.desc(), "oldest": Note.id, "alphabet": db.func.lower(Note.text)}


@firebase.settings_validator
def check_settings(settings: dict) -> dict:
    """Theme, language and sort order; anything else is no setting of this site."""
    for name, value in settings.items():
        if value not in CHOICES.get(name, ()):
            raise InvalidSettings(f"{name!r} cannot be {value!r}.")
    return settings


def setting(name: str) -> str:
    """Return a setting of the user at hand, or its default: for the language, the browser's."""
    chosen = current_user.settings.get(name) if current_user.is_authenticated else None
    default = request.accept_languages.best_match(LANGUAGES) if name == "language" else None
    return chosen or default or CHOICES[name][0]


def find_notes() -> list[Note]:
    """Return the user's notes, in their order."""
    order = ORDERS[setting("sort")]
    own = select(Note).where(Note.account_id == current_user.id, Note.deleted_at.is_(None))
    return [*db.session.scalars(own.order_by(order))]


def find_note(note_id: int, *, is_deleted: bool = False) -> Note:
    """Return a note of the user's own; what is somebody else's is not there."""
    is_wanted = Note.deleted_at.is_not(None) if is_deleted else Note.deleted_at.is_(None)
    note = db.session.scalar(select(Note).where(Note.id == note_id, Note.account_id == current_user.id, is_wanted))
    return note or abort(404)


def read_text(body: object) -> str:
    """Return the text of a note, out of a form or a JSON object."""
    text = body.get("text") if isinstance(body, Mapping) else None
    text = text.replace("\r\n", "\n").strip() if isinstance(text, str) else ""  # a form breaks lines as HTTP does
    if not 0 < len(text) <= MAX_NOTE_CHARACTERS:
        abort(400, f"A note has 1 to {MAX_NOTE_CHARACTERS} characters.")
    return text


def write_note(note: Note, body: object) -> Note:
    """Give a note its text, and keep it."""
    note.text = read_text(body)
    db.session.add(note)
    db.session.commit()
    return note


def delete_note(note: Note) -> None:
    """Delete a note; it can be restored for an hour, then the next deletion removes it for good."""
    note.deleted_at = datetime.now(UTC)
    db.session.execute(delete(Note).where(Note.deleted_at < datetime.now(UTC) - UNDO_TIME))
    db.session.commit()


def restore_note(note: Note) -> Note:
    """Bring a deleted note back, where it was."""
    note.deleted_at = None
    db.session.commit()
    return note


@app.context_processor
def words() -> dict:
    """What every template may say."""
    language = setting("language")
    return {
        "say": TEXTS[language].__getitem__,
        "language": language,
        "theme": setting("theme"),
        "direction": "rtl" if language == "ar" else "ltr",
        "languages": LANGUAGES,
        "setting": setting,
        "choices": CHOICES,
    }


# The pages


@app.get("/")
def home():
    """The notes, or where to sign in."""
    notes = find_notes() if current_user.is_authenticated else []
    return render_template("notes.html", notes=notes, deleted=session.pop("deleted_note", None))


@app.post("/notes")
@login_required
def add():
    """Keep a new note."""
    write_note(Note(account_id=current_user.id), request.form)
    return redirect(url_for("home"), 303)


@app.post("/notes/<int:note_id>")
@login_required
def change(note_id: int):
    """Change a note, delete it, or have it back."""
    action = request.form.get("action")
    note = find_note(note_id, is_deleted=action == "restore")
    if action == "delete":
        delete_note(note)
        session["deleted_note"] = note_id
    elif action == "restore":
        restore_note(note)
    else:
        write_note(note, request.form)
    return redirect(url_for("home"), 303)


@app.get("/settings")
@login_required
def settings():
    """Theme, language, sort order."""
    return render_template("settings.html")


@app.post("/settings")
@login_required
def change_settings():
    """Keep what was chosen."""
    chosen = {name: request.form[name] for name in CHOICES if name in request.form}
    firebase.accounts.update(current_user._get_current_object(), {"settings": chosen})
    return redirect(url_for("settings"), 303)


# What the app asks; profile, settings and devices it finds under /auth


@app.get("/api/notes")
@login_required
def list_notes():
    """The notes, with an `ETag` to ask again by."""
    answer = app.json.response({"notes": [describe(note) for note in find_notes()]})
    answer.add_etag()
    return answer.make_conditional(request)


@app.post("/api/notes")
@login_required
def add_note():
    """Keep a new note."""
    return describe(write_note(Note(account_id=current_user.id), request.get_json())), 201


@app.put("/api/notes/<int:note_id>")
@login_required
def change_note(note_id: int):
    """Change a note."""
    return describe(write_note(find_note(note_id), request.get_json()))


@app.delete("/api/notes/<int:note_id>")
@login_required
def remove_note(note_id: int):
    """Delete a note."""
    delete_note(find_note(note_id))
    return "", 204


@app.post("/api/notes/<int:note_id>/restore")
@login_required
def undelete_note(note_id: int):
    """Bring a deleted note back."""
    return describe(restore_note(find_note(note_id, is_deleted=True)))


@app.errorhandler(HTTPException)
def tell(error: HTTPException):
    """An app is told in JSON what was wrong."""
    return ({"error": error.description}, error.code) if request.path.startswith("/api/") else error


def describe(note: Note) -> dict:
    """Return a note as the app is told it."""
    return {"id": note.id, "text": note.text, "created_at": note.created_at.isoformat()}


app.cli.command("create-tables")(db.create_all)
