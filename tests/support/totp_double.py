"""Authenticator apps as second factors, which the Auth emulator lacks: a double between the page and the emulator, which does all the rest."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from datetime import UTC, datetime, timedelta

PERIOD_SECONDS = 30
DIGITS = 6


def compute_totp(secret, at=None):
    """Return the code that an authenticator app shows.

    Args:
        secret: In base 32.
        at: Seconds since 1970; now by default.

    Source: RFC 6238, section 4; RFC 4226, section 5.3.
    """
    counter = int((time.time() if at is None else at) // PERIOD_SECONDS)
    digest = hmac.digest(base64.b32decode(secret), counter.to_bytes(8), hashlib.sha1)
    offset = digest[-1] & 0xF
    return str((int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)


class TotpDouble:
    """Adds authenticator apps to what the emulator answers one user in a browser.

    It gives out a secret, and takes a code only where it is that secret's by RFC 6238, of now or of the period before or after.
    Who has a telephone beside it signs in by that.

    Args:
        context: Playwright's, of the browser.

    Attributes:
        secret: The newest that was given out, in base 32.
        factors: Those that are enrolled.
        rejects_enrollment_with: Firebase's word for why nothing can be added; empty where it can.
    """

    def __init__(self, context):
        self.secret = ""
        self.factors = []
        self.rejects_enrollment_with = ""
        self._secrets = {}
        self._tokens = {}
        self._is_signed_out = False
        context.route(re.compile(r"/identitytoolkit\.googleapis\.com/v[12]/accounts"), self._answer)

    def _answer(self, route):
        method = route.request.url.partition("accounts")[2].partition("?")[0]
        asked = route.request.post_data_json
        answers = {
            ":signInWithPassword": self._sign_in,
            ":lookup": self._look_up,
            "/mfaEnrollment:start": self._start,
            "/mfaEnrollment:finalize": self._enroll,
            "/mfaEnrollment:withdraw": self._withdraw,
            "/mfaSignIn:finalize": self._finish_sign_in,
        }
        answer = answers[method](route, asked) if method in answers else None
        if answer is None:
            route.continue_()
            return
        status = 400 if "error" in answer else 200
        route.fulfill(json=answer, status=status, headers={"Access-Control-Allow-Origin": "*"})

    def _sign_in(self, route, asked):
        """Where the password is right, a second factor is asked for."""
        self._is_signed_out = False
        answer = route.fetch().json()
        if not self.factors or "error" in answer:
            return answer
        self._tokens = {name: answer.get(name) for name in ("idToken", "refreshToken")}
        factors = answer.get("mfaInfo", []) + self.factors
        return {"mfaPendingCredential": answer.get("mfaPendingCredential", "of-the-double"), "mfaInfo": factors}

    def _finish_sign_in(self, route, asked):
        if "totpVerificationInfo" not in asked:
            return None
        is_right = self._is_right(self._secrets[asked["mfaEnrollmentId"]], asked["totpVerificationInfo"]["verificationCode"])
        return self._tokens if is_right else _reject("INVALID_CODE")

    def _look_up(self, route, asked):
        if self._is_signed_out:
            return _reject("TOKEN_EXPIRED")
        answer = route.fetch().json()
        for user in answer.get("users", []):
            user["mfaInfo"] = user.get("mfaInfo", []) + self.factors
        return answer

    def _start(self, route, asked):
        if "totpEnrollmentInfo" not in asked:
            return None
        if self.rejects_enrollment_with:
            return _reject(self.rejects_enrollment_with)
        self.secret = base64.b32encode(secrets.token_bytes(20)).decode()
        until = datetime.now(UTC) + timedelta(minutes=5)
        shared = {"sharedSecretKey": self.secret, "verificationCodeLength": DIGITS, "hashingAlgorithm": "SHA1"}
        more = {"periodSec": PERIOD_SECONDS, "sessionInfo": self.secret, "finalizeEnrollmentTime": until.isoformat()}
        return {"totpSessionInfo": shared | more}

    def _enroll(self, route, asked):
        if "totpVerificationInfo" not in asked:
            return None
        given = asked["totpVerificationInfo"]
        if not self._is_right(given["sessionInfo"], given["verificationCode"]):
            return _reject("INVALID_CODE")
        factor = {"mfaEnrollmentId": secrets.token_hex(8), "displayName": asked["displayName"], "totpInfo": {}}
        self.factors.append(factor | {"enrolledAt": datetime.now(UTC).isoformat()})
        self._secrets[factor["mfaEnrollmentId"]] = given["sessionInfo"]
        return {"idToken": asked["idToken"], "refreshToken": "of-the-double"}

    def _withdraw(self, route, asked):
        """Whoever removes the newest of several is signed out."""
        left = [factor for factor in self.factors if factor["mfaEnrollmentId"] != asked["mfaEnrollmentId"]]
        if left == self.factors:
            return None
        self._is_signed_out = bool(left) and left == self.factors[:-1]
        self.factors = left
        return {} if self._is_signed_out else {"idToken": asked["idToken"], "refreshToken": "of-the-double"}

    def _is_right(self, secret, code):
        return code in [compute_totp(secret, time.time() + shift * PERIOD_SECONDS) for shift in (-1, 0, 1)]


def _reject(code):
    return {"error": {"code": 400, "message": code}}
