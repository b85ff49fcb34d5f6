"""A site that puts the library's pages into its own layout, with its own colours and two texts of its own."""

from flask import Flask, render_template
from flask_sqlalchemy import SQLAlchemy

from flask_firebase_login import FirebaseLogin

app = Flask(__name__)
app.config.from_prefixed_env()
db = SQLAlchemy(app)
firebase = FirebaseLogin(app, db)


@app.get("/")
def home():
    return render_template("home.html")


app.cli.command("create-tables")(db.create_all)
