"""The verified claims of an ID token, typed, and the rules that make them so."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from ..errors import IDTokenExpired, IDTokenMalformed, IDTokenWrongProject, IDTokenWrongTenant
from ..text import is_storable
from .kinds import ID_TOKEN, TokenKind

T = TypeVar("T")

MAX_UID_CHARACTERS = 128
DEFAULT_CLOCK_SKEW = timedelta(seconds=10)
_LAST_SECOND = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True, kw_only=True)
class IDToken:
    """What Firebase says about a user, after every check.

    Attributes:
        uid: The user's Firebase user id, 1 to 128 characters; the claim `sub`.
        project_id: The Firebase project that the token was issued for.
        auth_time: When the user last proved who they are (not when the token was issued).
        issued_at: When Firebase issued the token.
        expires_at: When it ends, an hour after it was issued.
        provider: How they signed in this time: `google.com`, `password`, `anonymous`, …
        providers: Every provider that the token tells of, sorted; `password` only where it was used this time,
            because Firebase lists an e-mail address for everybody who has one.
        email: Their e-mail address, where the provider tells one.
        email_verified: Whether Firebase knows that the address is theirs.
        name: Their name at the provider.
        photo_url: Their picture at the provider.
        phone_number: In E.164, where they signed in by telephone.
        tenant_id: The Identity Platform tenant, where there is one.
        claims: All claims as sent, custom claims included.
        looked_up_at: When Firebase was asked about the user, with `CHECK_REVOKED`: `providers` are then all that they have. None where it was not.

    Source: firebase.google.com/docs/auth/admin/verify-id-tokens.
    """

    uid: str
    project_id: str
    auth_time: datetime
    issued_at: datetime
    expires_at: datetime
    provider: str
    providers: tuple[str, ...] = ()
    email: str | None = None
    email_verified: bool = False
    name: str | None = None
    photo_url: str | None = None
    phone_number: str | None = None
    tenant_id: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    looked_up_at: datetime | None = None

    @property
    def is_anonymous(self) -> bool:
        """Whether the user has no account at any provider yet."""
        return self.provider == "anonymous"


@dataclass(frozen=True)
class ClaimRules:
    """What the claims of this site's ID tokens must say.

    Attributes:
        project_id: The one audience.
        tenant_id: The one tenant; None rejects every token that has one.
        clock_skew: How far the clocks of Firebase and of this machine may differ.
        max_age: The oldest `iat` that is taken; None leaves it to `exp`.
    """

    project_id: str
    _: KW_ONLY
    tenant_id: str | None = None
    clock_skew: timedelta = DEFAULT_CLOCK_SKEW
    max_age: timedelta | None = None

    @property
    def issuer(self) -> str:
        """The one issuer; it differs from that of Firebase's session cookies."""
        return f"https://securetoken.google.com/{self.project_id}"

    def read(self, claims: Mapping[str, Any], now: datetime) -> IDToken:
        """Turn the payload of a token, whose signature is verified, into an `IDToken`.

        Args:
            claims: The payload, as `read_json_object` reads it.
            now: Aware UTC.

        Raises:
            IDTokenMalformed: A claim is missing or of another type.
            IDTokenWrongProject: The audience or the issuer is another.
            IDTokenWrongTenant: The tenant is another, or there is one where none is configured.
            IDTokenExpired: `exp` is past, or `iat` older than `max_age`.
            IDTokenNotYetValid: `iat`, `auth_time` or `nbf` is in the future.
        """
        self._check_project(claims)
        issued_at, expires_at, auth_time = self._read_times(claims, now)
        firebase = read_claim(claims, "firebase", dict)
        return IDToken(
            uid=_read_uid(claims),
            project_id=self.project_id,
            auth_time=auth_time,
            issued_at=issued_at,
            expires_at=expires_at,
            provider=read_claim(firebase, "sign_in_provider", str),
            providers=_read_providers(firebase),
            email=_read_optional(claims, "email", str),
            email_verified=_read_optional(claims, "email_verified", bool) or False,
            name=_read_optional(claims, "name", str),
            photo_url=_read_optional(claims, "picture", str),
            phone_number=_read_optional(claims, "phone_number", str),
            tenant_id=self._read_tenant(firebase),
            claims=claims,
        )

    def _check_project(self, claims: Mapping[str, Any]) -> None:
        audience, issuer = read_claim(claims, "aud", str), read_claim(claims, "iss", str)
        if audience != self.project_id or issuer != self.issuer:
            raise IDTokenWrongProject(
                f"The ID token is not one of the Firebase project {self.project_id!r}: its audience or issuer is another."
            )

    def _read_times(self, claims: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime, datetime]:
        issued_at, expires_at = read_time(claims, "iat"), read_time(claims, "exp")
        auth_time = read_time(claims, "auth_time")
        not_before = read_time(claims, "nbf") if "nbf" in claims else issued_at
        begins = {"iat": issued_at, "auth_time": auth_time, "nbf": not_before}
        check_times(begins, expires_at, now, self.clock_skew)
        if self.max_age is not None and issued_at < now - self.clock_skew - self.max_age:
            raise IDTokenExpired("The ID token is older than this site takes; ask Firebase for a fresh one.")
        return issued_at, expires_at, auth_time

    def _read_tenant(self, firebase: Mapping[str, Any]) -> str | None:
        tenant_id = _read_optional(firebase, "tenant", str)
        if tenant_id != self.tenant_id:
            raise IDTokenWrongTenant("The ID token's tenant is not the one that this site is configured for.")
        return tenant_id


def check_times(
    begins: Mapping[str, datetime], ends_at: datetime, now: datetime, clock_skew: timedelta, kind: TokenKind = ID_TOKEN
) -> None:
    """Return where a token is good now, give or take the skew.

    Args:
        begins: The times that must not be in the future, by their claims.
        ends_at: When the token ends.
        now: Aware UTC.
        clock_skew: How far the clocks of Firebase and of this machine may differ.
        kind: What the token is.

    Raises:
        Rejected: As `kind.not_yet_valid` or `kind.expired`.

    Source: RFC 7519, sections 4.1.4 to 4.1.6.
    """
    for name, time in begins.items():
        if time > now + clock_skew:
            raise kind.not_yet_valid(
                f"The claim {name!r} says {time.isoformat()}, and here it is {now.isoformat()}: one of the clocks is wrong."
            )
    if ends_at <= now - clock_skew:
        raise kind.expired(f"The {kind.name} ended at {ends_at.isoformat()}; ask Firebase for a fresh one.")


def read_json_object(encoded: bytes, part: str, kind: TokenKind = ID_TOKEN) -> dict[str, Any]:
    """Read a part of a token as a JSON object in which no name occurs twice.

    Args:
        encoded: UTF-8.
        part: What it is called in the error: `header` or `payload`.
        kind: What the token is.

    Raises:
        Rejected: As `kind.malformed`: it is anything else.

    Source: RFC 7515, section 4 (names must be unique), RFC 8259, section 4.
    """
    try:
        parsed = json.loads(encoded.decode(), object_pairs_hook=_object_of_unique_names, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        raise kind.malformed(f"The {part} of the {kind.name} is not a JSON object with unique names.") from None
    if not isinstance(parsed, dict):
        raise kind.malformed(f"The {part} of the {kind.name} is not a JSON object.")
    return parsed


def _object_of_unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("a name occurs twice")
    return unique


def _reject_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def read_claim(claims: Mapping[str, Any], name: str, type_: type[T], kind: TokenKind = ID_TOKEN) -> T:
    """Return a claim that must be there, and of one type; texts are such that a database can hold them.

    Raises:
        Rejected: As `kind.malformed`.
    """
    claim = claims.get(name)
    if not isinstance(claim, type_) or not _is_storable(claim):
        raise kind.malformed(f"The claim {name!r} is missing or not of the type that Firebase gives it.")
    return claim


def _read_optional(claims: Mapping[str, Any], name: str, type_: type[T]) -> T | None:
    return read_claim(claims, name, type_) if claims.get(name) is not None else None


def _is_storable(claim: object) -> bool:
    return not isinstance(claim, str) or is_storable(claim)


def _read_uid(claims: Mapping[str, Any]) -> str:
    uid = read_claim(claims, "sub", str)
    if not 1 <= len(uid) <= MAX_UID_CHARACTERS:
        raise IDTokenMalformed(f"The claim 'sub' must have 1 to {MAX_UID_CHARACTERS} characters.")
    return uid


def read_time(claims: Mapping[str, Any], name: str, kind: TokenKind = ID_TOKEN) -> datetime:
    """Return the time of a claim that must be there (RFC 7519, section 2, NumericDate).

    Raises:
        Rejected: As `kind.malformed`.
    """
    seconds = claims.get(name)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise kind.malformed(f"The claim {name!r} is missing or no number.")
    if not 0 <= seconds < _LAST_SECOND or not math.isfinite(seconds):
        raise kind.malformed(f"The claim {name!r} is no time.")
    return datetime.fromtimestamp(seconds, UTC)


def _read_providers(firebase: Mapping[str, Any]) -> tuple[str, ...]:
    identities = _read_optional(firebase, "identities", dict) or {}
    used = firebase["sign_in_provider"]
    named = {name for name in identities if name != "email" and _is_storable(name)}
    return tuple(sorted((named | {used}) - {"anonymous", "custom"}))
