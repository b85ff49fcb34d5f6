"""firebase-admin on a machine that cannot reach Google: credentials that nobody asks for, and the address of the keys."""

import google.auth.credentials
from firebase_admin import _token_gen, credentials


class WithoutGoogle(credentials.Base):
    """A double of a service account; verifying an ID token sends none of it."""

    def get_credential(self):
        return google.auth.credentials.AnonymousCredentials()


WITHOUT_GOOGLE = WithoutGoogle()


def take_keys_from(url: str) -> None:
    """Let `verify_id_token` fetch the certificates there; it is as shipped otherwise, with its own caching transport."""
    _token_gen.ID_TOKEN_CERT_URI = url
