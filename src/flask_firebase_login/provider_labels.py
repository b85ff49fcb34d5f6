"""What the pages call a provider, and its sign: for those of OpenID Connect and SAML, which only the site knows by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .config_readers import PROVIDERS, is_federated
from .errors import ConfigError

MEMBERS = {"name", "logo"}


@dataclass(frozen=True)
class ProviderLabel:
    """How a provider is shown.

    Attributes:
        name: What users call it, such as "Acme".
        logo: The address of its sign, a square picture: a path on this host, or https; None for one of ours.
    """

    name: str
    logo: str | None = None


def read_provider_labels(key: str, given: object) -> Mapping[str, ProviderLabel]:
    """Read labels by provider id: `{"oidc.acme": "Acme", "saml.uni": {"name": "University", "logo": "/static/uni.svg"}}`.

    Raises:
        ConfigError: One of them is of another shape.
    """
    if not isinstance(given, Mapping):
        raise ConfigError(f"{key} is {given!r}. Set it to a dict of labels by provider id.")
    return MappingProxyType({provider: _read_label(key, provider, label) for provider, label in given.items()})


def _read_label(key: str, provider: object, given: object) -> ProviderLabel:
    where = f"{key}[{provider!r}]"
    if not isinstance(provider, str) or (provider not in PROVIDERS and not is_federated(provider)):
        raise ConfigError(f"{where}: set labels for {', '.join(PROVIDERS)}, oidc.<name> or saml.<name>.")
    label = {"name": given} if isinstance(given, str) else given
    if not isinstance(label, Mapping) or set(label) - MEMBERS or not _is_text(label.get("name")):
        raise ConfigError(f"{where} is {given!r}. Set it to a name, or to a dict of name and logo.")
    logo = label.get("logo")
    if logo is not None and not (
        _is_text(logo) and (logo.startswith("https://") or (logo[0] == "/" and logo[1:2] not in "/\\"))
    ):
        raise ConfigError(
            f"{where} has the logo {logo!r}. Set it to a path on this host, such as '/static/acme.svg', or to an https address."
        )
    return ProviderLabel(label["name"].strip(), logo)


def _is_text(given: object) -> bool:
    return isinstance(given, str) and bool(given.strip()) and given.isprintable()
