"""The site that the benchmarks and the tests of workers run: the quickstart, which says who answered."""

import os

from flask import Flask
from flask_login import current_user, login_required
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

from flask_firebase_login import FirebaseLogin

app = Flask(__name__)
app.config.from_prefixed_env()
db = SQLAlchemy(app)
firebase = FirebaseLogin(app, db)


@app.get("/api/hello")
@login_required
def hello():
    return {"hello": current_user.name, "uid": current_user.firebase_uid, "settings": current_user.settings}


@app.get("/connection")
def connection():
    return {"process": db.session.scalar(text("SELECT pg_backend_pid()"))}


@app.after_request
def name_worker(response):
    response.headers["X-Worker"] = str(os.getpid())
    return response


app.cli.command("create-tables")(db.create_all)

if "QUERY_AT_IMPORT" in os.environ:  # as sites do that read something from the database while they start
    with app.app_context():
        db.session.execute(text("SELECT 1"))
