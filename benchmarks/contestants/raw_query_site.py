"""The floor: a view of Flask's with one SQL query, and nobody who is signed in."""

import os
import threading

from flask import Flask

from accounts import NAME, UID

app = Flask(__name__)
url = os.environ["DATABASE_URL"]
local = threading.local()


def connect():
    if url.startswith("sqlite"):
        import sqlite3

        return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None), "?"
    import psycopg

    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True), "%s"


def find_name(uid):
    if not hasattr(local, "connection"):
        local.connection = connect()
    connection, mark = local.connection
    return connection.execute(f"SELECT name FROM person WHERE firebase_uid = {mark}", (uid,)).fetchone()[0]


@app.post("/enter")
def enter():
    return {}


@app.get("/me")
def me():
    return {"name": find_name(UID)}


connection, mark = connect()
connection.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, firebase_uid TEXT UNIQUE, name TEXT)")
connection.execute(f"INSERT INTO person VALUES (1, {mark}, {mark})", (UID, NAME))
connection.close()
