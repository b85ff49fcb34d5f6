"""The quickstart site with a view that writes down as whom each call ran; gunicorn serves it from the quickstart's folder."""

from __future__ import annotations

import os
from pathlib import Path

from app import app, db
from flask_login import current_user, login_required

LOG = Path(os.environ["STORM_LOG"])


@app.route("/api/storm/<int:number>", methods=["GET", "POST"])
@login_required
def storm(number):
    with LOG.open("a") as log:  # one short line: appended whole, whichever worker writes
        log.write(f"{number} {current_user.firebase_uid}\n")
    return {"number": number}


def count_sessions():
    """How many sessions are alive."""
    with app.app_context():
        return db.session.execute(db.text("SELECT count(*) FROM firebase_session")).scalar_one()
