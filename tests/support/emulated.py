"""Sites whose users are those of the real Firebase Auth emulator."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from firebase_emulator import FirebaseAuthEmulator

PASSWORD = "correct horse"
LONG_AGO_SECONDS = 600


@dataclass
class EmulatedIssuer:
    """What a site is configured with that takes the emulator's ID tokens; it mints none itself."""

    emulator: FirebaseAuthEmulator

    @property
    def config(self) -> dict[str, Any]:
        return {
            "FIREBASE_LOGIN_CONFIG": {"projectId": self.emulator.project_id, "apiKey": "demo-key"},
            "FIREBASE_LOGIN_EMULATOR_HOST": self.emulator.host,
            "FIREBASE_LOGIN_UPSTREAM_TIMEOUT": 60,
        }


@dataclass
class EmulatedUser:
    """A user with a password and a Google account, who proved who they are ten minutes ago: what is revoked now is revoked since."""

    emulator: FirebaseAuthEmulator
    email: str = field(default_factory=lambda: f"{uuid.uuid4().hex}@example.com")

    def __post_init__(self) -> None:
        signed_up = self.emulator.sign_up(self.email, PASSWORD)
        self.uid = str(signed_up["localId"])
        self._refresh_token = signed_up["refreshToken"]
        linked = {"providerId": "google.com", "rawId": f"google-{self.email}", "email": self.email}
        ago = int(time.time()) - LONG_AGO_SECONDS
        self.change(linkProviderUserInfo=linked, emailVerified=True, lastLoginAt=str(ago * 1000), validSince=str(ago))

    def change(self, **members: Any) -> None:
        """Change the user as the project's owner does, in the console or by the Admin SDK."""
        self.emulator.call_as_owner("accounts:update", {"localId": self.uid, **members})

    def delete(self) -> None:
        self.emulator.call_as_owner("accounts:delete", {"localId": self.uid})

    def revoke(self) -> None:
        """What the Admin SDKs call `revokeRefreshTokens`."""
        self.change(validSince=str(int(time.time())))

    def refresh(self) -> str:
        """The ID token that the user's app gets now, without asking them."""
        url = f"http://{self.emulator.host}/securetoken.googleapis.com/v1/token?key=demo-key"
        form = {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
        answer = httpx.post(url, data=form, trust_env=False)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id_token"])

    def sign_in(self, password: str = PASSWORD) -> str:
        """The ID token of a user who proves anew who they are."""
        return str(self.emulator.sign_in_with_password(self.email, password)["idToken"])
