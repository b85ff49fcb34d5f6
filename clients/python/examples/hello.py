"""Calls a Flask site as a signed-in user; the next run asks for no password."""

import os
from getpass import getpass

from flask_firebase_login_client import FileStore, FirebaseLoginAuth, IdentityToolkit, SiteClient

site = os.environ["SITE"]  # such as https://shop.example
emulator = os.environ.get("FIREBASE_AUTH_EMULATOR_HOST")
firebase = IdentityToolkit(os.environ["FIREBASE_API_KEY"], store=FileStore("firebase.json"), emulator_host=emulator)
auth = FirebaseLoginAuth(site, firebase.id_token, store=FileStore("session.json"), client_name="Hello")

if firebase.load() is None:
    firebase.sign_in_with_password(input("E-mail: "), getpass("Password: "))
with SiteClient(auth) as client:
    print(client.get("/api/hello").json())
