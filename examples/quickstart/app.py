from flask import Flask, render_template_string
from flask_login import current_user, login_required
from flask_sqlalchemy import SQLAlchemy

from flask_firebase_login import FirebaseLogin

app = Flask(__name__)
app.config.from_prefixed_env()
db = SQLAlchemy(app)
firebase = FirebaseLogin(app, db)


@app.get("/")
@login_required
def home():
    return render_template_string("Hello {{ current_user.name or current_user.email }}")  # escaped: users choose their names


@app.get("/api/hello")
@login_required
def hello():
    return {"hello": current_user.name, "settings": current_user.settings}


app.cli.command("create-tables")(db.create_all)
