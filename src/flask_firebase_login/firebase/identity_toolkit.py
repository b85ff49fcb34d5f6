"""Identity Toolkit, the API behind Firebase Authentication: the calls that the site makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import quote

from ..errors import AccountDisabled, FirebaseDenied, FirebaseUnavailable, IDTokenRevoked
from .calls import CallRejected, Calls, Patience
from .settings import FirebaseSettings
from .users import FirebaseUser

GOOGLE = "https://identitytoolkit.googleapis.com/v1"
ADMIN = "https://identitytoolkit.googleapis.com/admin/v2"
MAX_UIDS = 100
_FIELDS = "users(localId,email,emailVerified,disabled,validSince,providerUserInfo(providerId))"
_EMULATOR_KEY = "emulator"


class IdentityToolkit:
    """Asks Firebase about users, and deletes them.

    Args:
        base_url: Google's, or the emulator's.
        project_id: The Firebase project.
        tenant_id: The Identity Platform tenant; None where there is none.
        calls: With the site's own credentials.
        calls_of_users: With the web API key alone, for what is asked with a user's own ID token.

    Source: cloud.google.com/identity-platform/docs/reference/rest/v1/accounts and …/projects.accounts.
    """

    def __init__(
        self,
        base_url: str,
        project_id: str,
        *,
        tenant_id: str | None = None,
        calls: Calls,
        calls_of_users: Calls,
    ) -> None:
        tenant = f"/tenants/{quote(tenant_id, safe='')}" if tenant_id else ""
        self._of_users = f"{base_url}/accounts"
        self._of_site = f"{base_url}/projects/{quote(project_id, safe='')}{tenant}/accounts"
        self._project = f"{ADMIN}/projects/{quote(project_id, safe='')}"
        self._tenant = tenant
        self._project_id = project_id
        self._calls = calls
        self._calls_of_users = calls_of_users

    def look_up(self, uids: Sequence[str], patience: Patience) -> dict[str, FirebaseUser]:
        """Return those of some users that Firebase knows, by uid: `accounts:lookup`, with the site's credentials.

        Args:
            uids: At most 100.
            patience: How long to try.

        Raises:
            FirebaseUnavailable: Firebase does not answer.
            FirebaseDenied: It denies the site what it asks.

        Source: firebase.google.com/docs/auth/admin/manage-users, "Bulk retrieve user data" (100 at once).
        """
        answer = self._call_as_site("lookup", {"localId": [*uids]}, patience, {"fields": _FIELDS})
        users = [FirebaseUser.read(user) for user in _list_users(answer)]
        return {user.uid: user for user in users}

    def look_up_own(self, encoded: str, patience: Patience) -> FirebaseUser:
        """Return the user of an ID token: `accounts:lookup`, with that token and the web API key.

        Args:
            encoded: The verified ID token, as it was sent.
            patience: How long to try.

        Raises:
            AccountDisabled: Firebase has disabled the user.
            IDTokenRevoked: It has deleted them, or revoked the token.
            FirebaseUnavailable: Firebase does not answer.
            FirebaseDenied: It denies the site what it asks.
        """
        url, params = f"{self._of_users}:lookup", {"fields": _FIELDS}
        try:
            users = _list_users(self._calls_of_users.post(url, {"idToken": encoded}, patience, params=params))
        except CallRejected as rejected:
            _raise_for_user(rejected)
        if len(users) != 1:
            raise FirebaseUnavailable("Firebase's answer names no user.")
        return FirebaseUser.read(users[0])

    def delete(self, uid: str, patience: Patience) -> None:
        """Delete a user: `accounts:delete`, with the site's credentials; one whom Firebase does not know is deleted.

        Raises:
            FirebaseUnavailable: Firebase does not answer.
            FirebaseDenied: It denies the site what it asks.
        """
        try:
            self._calls.post(f"{self._of_site}:delete", {"localId": uid}, patience)
        except CallRejected as rejected:
            if rejected.code != "USER_NOT_FOUND":
                self._raise_for_site(rejected)

    def list_enabled_providers(self, patience: Patience) -> frozenset[str]:
        """Return the ways to sign in that are enabled, as `FIREBASE_LOGIN_PROVIDERS` names them. The emulator tells none.

        Args:
            patience: How long to try, for each of the calls.

        Raises:
            FirebaseUnavailable: Firebase does not answer.
            FirebaseDenied: It denies the site what it asks.

        Source: cloud.google.com/identity-platform/docs/reference/rest/v2, `projects.getConfig`, `projects.tenants.get` and the lists of
        `defaultSupportedIdpConfigs`, `oauthIdpConfigs` and `inboundSamlConfigs`.
        """
        enabled = {way for way, is_enabled in self._read_ways(patience).items() if is_enabled}
        for kind in ("defaultSupportedIdpConfigs", "oauthIdpConfigs", "inboundSamlConfigs"):
            enabled |= self._list_federated(kind, patience)
        return frozenset(enabled)

    def _read_ways(self, patience: Patience) -> dict[str, bool]:
        config = self._read(f"{self._project}/config", patience)
        signing_in = _object(config.get("signIn"))
        email = _object(signing_in.get("email"))
        has_email, needs_password = bool(email.get("enabled")), bool(email.get("passwordRequired"))
        ways = {
            "password": has_email,
            "emailLink": has_email and not needs_password,
            "phone": bool(_object(signing_in.get("phoneNumber")).get("enabled")),
            "anonymous": bool(_object(signing_in.get("anonymous")).get("enabled")),
        }
        if self._tenant:
            tenant = self._read(f"{self._project}{self._tenant}", patience)
            ways |= {
                "password": bool(tenant.get("allowPasswordSignup")),
                "emailLink": bool(tenant.get("enableEmailLinkSignin")),
                "anonymous": bool(tenant.get("enableAnonymousUser")),
            }
        return ways

    def _list_federated(self, kind: str, patience: Patience) -> set[str]:
        """Return the providers of a kind that are enabled; the last part of a resource's name is the provider's id."""
        enabled: set[str] = set()
        params = {"pageSize": "100"}
        while True:
            answer = self._read(f"{self._project}{self._tenant}/{kind}", patience, params)
            found = [_object(one) for one in answer.get(kind) or []]
            enabled |= {str(one.get("name", "")).rpartition("/")[2] for one in found if one.get("enabled")}
            if not answer.get("nextPageToken"):
                return enabled
            params = params | {"pageToken": str(answer["nextPageToken"])}

    def _read(self, url: str, patience: Patience, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            return self._calls.get(url, patience, params=params)
        except CallRejected as rejected:
            self._raise_for_site(rejected)

    def _call_as_site(
        self, method: str, body: Mapping[str, Any], patience: Patience, params: Mapping[str, str]
    ) -> dict[str, Any]:
        try:
            return self._calls.post(f"{self._of_site}:{method}", body, patience, params=params)
        except CallRejected as rejected:
            self._raise_for_site(rejected)

    def _raise_for_site(self, rejected: CallRejected) -> NoReturn:
        remedy = {
            401: "Is the key of the service account still valid? Google Cloud console, IAM, Service accounts, Keys.",
            403: f"Does the service account have the role “Firebase Authentication Admin” in the project {self._project_id!r}, and is the "
            "Identity Toolkit API enabled there?",
        }.get(rejected.status, f"Is {self._project_id!r} the project that you mean?")
        raise FirebaseDenied(f"Firebase denies this site: {_quote(rejected)}. {remedy}") from rejected


def make_identity_toolkit(
    settings: FirebaseSettings, make_authorize: Callable[[], Callable[[], Mapping[str, str]]]
) -> IdentityToolkit:
    """Return Identity Toolkit as a site is configured to reach it.

    Args:
        settings: The site's.
        make_authorize: Loads the site's credentials; called when the site first speaks for itself to Google, and never with the emulator.
    """
    loaded: list[Callable[[], Mapping[str, str]]] = []

    def authorize() -> Mapping[str, str]:
        if settings.emulator_host:
            return {"Authorization": "Bearer owner"}
        if not loaded:
            loaded.append(make_authorize())
        return loaded[0]()

    base_url = f"http://{settings.emulator_host}/identitytoolkit.googleapis.com/v1" if settings.emulator_host else GOOGLE
    return IdentityToolkit(
        base_url,
        settings.project_id,
        tenant_id=settings.tenant_id,
        calls=Calls(authorize=authorize),
        calls_of_users=Calls(authorize=lambda: {"X-Goog-Api-Key": settings.api_key or _EMULATOR_KEY}),  # httpx logs addresses
    )


def _list_users(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    users = answer.get("users") or []
    if not isinstance(users, list) or not all(
        isinstance(user, Mapping) and isinstance(user.get("localId"), str) for user in users
    ):
        raise FirebaseUnavailable("Firebase's answer cannot be read.")
    return users


def _raise_for_user(rejected: CallRejected) -> NoReturn:
    if rejected.code == "USER_DISABLED":
        raise AccountDisabled("Firebase has disabled this user.") from rejected
    if rejected.code in ("USER_NOT_FOUND", "TOKEN_EXPIRED", "INVALID_ID_TOKEN", "CREDENTIAL_TOO_OLD_LOGIN_AGAIN"):
        raise IDTokenRevoked("Firebase has deleted this user or revoked the ID token: sign in at Firebase again.") from rejected
    raise FirebaseDenied(
        f"Firebase denies FIREBASE_LOGIN_CHECK_REVOKED: {_quote(rejected)}. The web API key in FIREBASE_LOGIN_CONFIG must allow the Identity "
        "Toolkit API to this server: not by HTTP referrers alone."
    ) from rejected


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _quote(rejected: CallRejected) -> str:
    return f"{rejected.status} {rejected.code or 'without a reason'}"
