"""A site in a process of its own that runs `sync`, hundred by hundred, as its standard input asks; to be killed in the middle.

Arguments: the URL of the database, the emulator's host, the project.
"""

from __future__ import annotations

import sys

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_firebase_login import FirebaseLogin


def main(url: str, host: str, project_id: str) -> None:
    app = Flask("site")
    app.config.update(
        SECRET_KEY="s" * 32,
        TESTING=True,
        SQLALCHEMY_DATABASE_URI=url,
        FIREBASE_LOGIN_CONFIG={"projectId": project_id, "apiKey": "demo-key"},
        FIREBASE_LOGIN_EMULATOR_HOST=host,
    )
    db = SQLAlchemy(app)
    firebase = FirebaseLogin(app, db)

    def tell(report):
        print(report.checked, int(report.is_resumed), flush=True)
        sys.stdin.readline()

    with app.app_context():
        firebase.accounts.sync(on_progress=tell)
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
