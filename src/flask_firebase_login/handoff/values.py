"""What hand-offs are spoken of in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..sessions import Opened

Kind = Literal["code", "device", "link"]
Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Redeemed:
    """A session that a code or link has opened.

    Attributes:
        account: Whose.
        opened: The session and its secret, committed.
        next_path: Where a link leads; None for a code.
    """

    account: Any
    opened: Opened
    next_path: str | None


@dataclass(frozen=True)
class IssuedCode:
    """An authorization code that is still good.

    Attributes:
        code: Itself.
        redirect_uri: Where it was sent.
        code_challenge: What the verifier must fit, by S256.
    """

    code: str = field(repr=False)
    redirect_uri: str
    code_challenge: str = field(repr=False)


@dataclass(frozen=True)
class Device:
    """A device that asks for a sign-in.

    Attributes:
        client_id: Which app asks.
        user_code: What the user types, as it is shown: `BCDF-GHJK`; empty where the device itself asks.
        address: From where it asks.
        user_agent: What it calls itself.
        is_expired: Whether its ten minutes are over.
        answer: What the user has said; None where they have not yet.
    """

    client_id: str
    user_code: str
    address: str | None
    user_agent: str | None
    is_expired: bool
    answer: bool | None


@dataclass(frozen=True)
class Link:
    """A link into a browser that is still good.

    Attributes:
        account: Who goes on by it.
        next_path: Where it leads.
    """

    account: Any
    next_path: str


@dataclass(frozen=True)
class Asked:
    """A request, as the server reads it.

    Attributes:
        method: Such as `POST`.
        url: Without its query.
        query: The parameters of the address, each with all its values.
        form: Those of the body.
        authorization: The header of that name, or None.
        address: From where.
        user_agent: The header of that name.
    """

    method: str
    url: str
    query: Parameters = field(repr=False)
    form: Parameters = field(repr=False)
    authorization: str | None = field(default=None, repr=False)
    address: str | None = None
    user_agent: str | None = None


@dataclass
class Answer:
    """What the server answers.

    Attributes:
        status: Of HTTP.
        body: To be sent as JSON; empty for a redirect.
        headers: Those that belong to it.
        location: Where a redirect leads.
    """

    status: int
    body: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str]
    location: str | None = field(default=None, repr=False)
