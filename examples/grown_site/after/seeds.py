"""Users and posts to begin with."""

from __future__ import annotations

from models import Post, User, db

USERS = ("ada", "grace", "alan")


def seed() -> None:
    """Make some users, each with a post, who all follow Ada; they sign in by their addresses."""
    users = [User(username=name, email=f"{name.title()}@example.com") for name in USERS]
    for user in users:
        db.session.add_all([user, Post(body=f"Hello from {user.username}", author=user)])
        user.following = {users[0]} - {user}
    db.session.commit()
