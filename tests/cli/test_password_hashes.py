"""What Firebase computes from a file is what the site has stored."""

from __future__ import annotations

import base64
import hashlib

import bcrypt
import pytest
from werkzeug.security import generate_password_hash

from flask_firebase_login.cli.password_hashes import UnknownHash, read_password_hash

PASSWORD = "correct horse 🐴"


def compute(found, password):
    """The hash, as Firebase documents its computation for each `hash-algo`."""
    parameters = dict(found.parameters)
    salt = base64.b64decode(found.salt)
    if parameters["hash-algo"] == "STANDARD_SCRYPT":
        n, r, p, length = (int(parameters[name]) for name in ("mem-cost", "block-size", "parallelization", "dk-len"))
        return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=length, maxmem=132 * n * r * p)
    function = {"PBKDF_SHA1": "sha1", "PBKDF2_SHA256": "sha256"}[parameters["hash-algo"]]
    return hashlib.pbkdf2_hmac(function, password.encode(), salt, int(parameters["rounds"]))


@pytest.mark.parametrize("method", ["scrypt", "scrypt:1024:4:2", "pbkdf2:sha256:120000", "pbkdf2:sha1:1000"])
def test_a_hash_of_werkzeug_s_is_recomputed(method):
    """From the file alone."""
    found = read_password_hash(generate_password_hash(PASSWORD, method))
    assert compute(found, PASSWORD) == base64.b64decode(found.digest)
    assert compute(found, "wrong horse") != base64.b64decode(found.digest)


@pytest.mark.parametrize("prefix", ["2a", "2b", "2y"])
def test_a_hash_of_bcrypt_s_goes_as_it_is(prefix):
    """It holds its own salt and cost."""
    stored = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", f"${prefix}$")
    found = read_password_hash(stored)
    assert (dict(found.parameters), found.salt) == ({"hash-algo": "BCRYPT"}, None)
    assert bcrypt.checkpw(PASSWORD.encode(), base64.b64decode(found.digest))


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ("pbkdf2:sha256:600000$salt$00ff", "PBKDF2 of 600,000 rounds; Firebase takes 120,000"),
        ("pbkdf2:sha512:1000$salt$00ff", "PBKDF2 with another function"),
        ("pbkdf2:sha256$salt$00ff", "without its rounds"),
        ("scrypt:32768:8$salt$00ff", "scrypt without its three parameters"),
        ("scrypt:32768:8:1$salt$00f", "scrypt without its three parameters"),
        ("scrypt:32768:8:x$salt$00ff", "scrypt without its three parameters"),
        ("sha256$salt$00ff", "sha256, which Firebase does not take with a salt of each user's own"),
        ("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "a kind of hash that is not known"),
        ("$2b$12$short", "a kind of hash that is not known"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "a kind of hash that is not known"),
    ],
)
def test_what_firebase_does_not_take_is_said_without_showing_it(stored, why):
    """Its owner comes without a password."""
    with pytest.raises(UnknownHash) as caught:
        read_password_hash(stored)
    assert why in str(caught.value)
    assert "00f" not in str(caught.value)


def test_a_hash_is_in_no_repr():
    """Nor its salt."""
    found = read_password_hash("scrypt:32768:8:1$thesalt$00ff")
    assert found.digest not in repr(found)
    assert found.salt not in repr(found)
