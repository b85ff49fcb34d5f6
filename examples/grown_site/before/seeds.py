"""Users and posts to begin with."""

from __future__ import annotations

from models import Post, User, db

PASSWORD = "correct horse"
USERS = ("ada", "grace", "alan")


def seed() -> None:
    """Make some users, each with a post, who all follow Ada."""
    users = [User(username=name, email=f"{name.title()}@example.com") for name in USERS]
    for user in users:
        user.set_password(PASSWORD)
        db.session.add_all([user, Post(body=f"Hello from {user.username}", author=user)])
        user.following = {users[0]} - {user}
    db.session.commit()
