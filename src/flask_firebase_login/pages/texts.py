"""The pages' texts, in the user's language, through gettext.

The catalogues are `locales/<language>/LC_MESSAGES/firebase_login.po`; set-up compiles them. Where the site uses Flask-Babel, its locale
decides, else `Accept-Language` does.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import current_app, request

DOMAIN = "firebase_login"
LOCALES = Path(__file__).parent / "locales"
LANGUAGES = ("en", "de", "fr", "es", "pt", "ja", "ar")
RIGHT_TO_LEFT = frozenset({"ar"})

SCRIPT_TEXTS = {
    "anonymous_lost": "This browser does not know your account any more. Sign in with a provider instead.",
    "cancel": "Cancel",
    "captcha": "The check that you are no robot failed. Try again.",
    "code": "Code",
    "code_sent_again": "A new code is on its way.",
    "code_title": "Enter your code",
    "code_wrong": "The code is not right, or too old. Ask for a new one.",
    "continue": "Continue",
    "create_account": "Create an account",
    "disabled": "This account is disabled. Ask the people who run this site.",
    "email": "E-mail",
    "email_in_use": "There is an account with this e-mail address already. Sign in instead.",
    "emulator_new": "Sign in as this person",
    "emulator_title": "Who comes from %s?",
    "emulator_verified": "The e-mail address is verified",
    "factor_title": "Choose how to confirm that it is you",
    "have_account": "I have an account already",
    "in_use": "This belongs to another account here. Sign in with it instead.",
    "invalid_email": "Enter an e-mail address, such as name@example.com.",
    "invalid_phone": "Enter the number with its country code, such as +49 30 123456.",
    "link_elsewhere": "Which address did the link come to?",
    "link_expired": "The link is too old or was used already. Ask for a new one.",
    "link_other_address": "The link was sent to another address. Type the one that it came to.",
    "link_sent": "We have sent a link to %s. Open it on this device or another to sign in.",
    "make_account": "Make an account",
    "mismatch": "That is another person. Use an account that is connected here.",
    "name": "Name",
    "no_account": "I have no account yet",
    "no_connection": "There is no connection. Check it, then try again.",
    "no_password": "Enter your password.",
    "no_sdk": "The sign-in service could not be loaded. Check your connection, then try again.",
    "no_storage": "Your browser keeps nothing for this site. Allow cookies, then try again.",
    "not_enabled": "This way to sign in is not turned on. Use another.",
    "other_way_first": "There is an account with %s already. Sign in the way you did before; the new way is then connected to it.",
    "password": "Password",
    "phone_number": "Telephone number",
    "phone_title": "Sign in by telephone",
    "popup_blocked": "Your browser has blocked the window. Allow windows for this site, then try again.",
    "recent": "Sign in again first.",
    "redirect_lost": "The sign-in was not completed. Try again.",
    "reset_sent": "If there is an account with %s, a link to set a new password is on its way.",
    "send_again": "Send a new code",
    "send_code": "Send a code",
    "sign_in": "Sign in",
    "site_busy": "This site cannot sign you in at the moment. Try again in a minute.",
    "slow": "The sign-in service is still loading.",
    "sms_text": "We have sent it to %s.",
    "too_many": "Too many attempts. Wait a few minutes, then try again.",
    "totp_text": "Your authenticator app shows it.",
    "unauthorized_domain": "This site's address is not allowed at Firebase. Tell the people who run this site.",
    "unknown": "That did not work. Try again, or use another way.",
    "verify_sent": "We have sent a link to %s. Open it to confirm your address, then sign in again.",
    "weak_password": "The password is too weak. Take a longer one.",
    "weak_policy": "The password does not meet this site's rules: %s",
    "wrong_clock": "The clock of this device is wrong. Set it, then try again.",
    "wrong_password": "The e-mail address or the password is not right.",
}
"""What the script of every page may say, by the keys that it uses."""

PAGE_TEXTS = {
    "account": {
        "already_connected": "This is connected already.",
        "app": "Authenticator app",
        "app_code_wrong": "The code is not right. Enter the one that the app shows now.",
        "app_expired": "That took too long. Start again.",
        "app_key": "Or enter this key in the app:",
        "app_name": "Name of the app",
        "app_open": "Open in the app on this device",
        "app_qr": "QR code for your authenticator app",
        "app_text": "Scan the QR code with your authenticator app, then enter the 6-digit code that it shows.",
        "changed_alone": "It is changed, but this site could not be told. Sign in again, and sign out your other devices here.",
        "connect_title": "Connect %s",
        "delete_title": "Delete your account",
        "disconnect_title": "Disconnect %s",
        "done": "Done",
        "email_change_sent": "We have sent a link to %s. Your address changes once you open it.",
        "email_new": "New e-mail address",
        "email_text": "We send a link to the new address, to see that it is yours.",
        "email_title": "Change your e-mail address",
        "factor_add_app": "Add an authenticator app",
        "factor_add_phone": "Add a telephone number",
        "factor_added": "%s is added. Your next sign-in asks for a code.",
        "factor_in_use": "You have added this one already.",
        "factor_not_enabled": "This site does not offer this yet.",
        "factor_remove": "Remove",
        "factor_remove_text": "You are no longer asked for its code when you sign in.",
        "factor_remove_title": "Remove %s?",
        "factor_removed": "%s is removed.",
        "factor_removed_over": "The second factor is removed. To change more, confirm who you are again.",
        "factor_since": "Added on %s",
        "factor_too_many": "You have as many second factors as possible. Remove one first.",
        "factor_unsupported": "With a telephone number as your way to sign in, you cannot add a second factor.",
        "factor_unverified": "Confirm your e-mail address first.",
        "factors_none": "A second factor asks for a code when you sign in, so that your password alone opens nothing.",
        "factors_one": "Add a second one as a spare: if you lose the only one, you cannot sign in anymore.",
        "factors_title": "Second factors",
        "last_way": "This is your only way to sign in. Connect another first.",
        "link_not_here": "Open the link in the browser in which you asked for it.",
        "link_sent_here": "We have sent a link to %s. Open it in this browser to go on.",
        "password_new": "New password",
        "password_rule": "At least 6 characters. A sentence of your own is good.",
        "password_title": "Choose a password",
        "phone_change_title": "Your telephone number",
        "prove_by_link": "E-mail me a link instead",
        "prove_it": "First, confirm that it is you.",
        "prove_text": "First, confirm that you are %s.",
        "prove_with": "Confirm with %s",
        "save": "Save",
        "send_link": "Send the link",
        "sign_out_others": "Sign out my other devices",
        "verify_title": "Confirm your e-mail address",
    },
    "app_check": {
        "app_check_invalid": "This site could not check that you are no robot. Load the page again, or use another browser.",
        "app_check_required": "This site could not check that you are no robot. Load the page again, or use another browser.",
    },
    "action": {
        "email_changed": "Your address is now %s. Sign in with it from now on.",
        "email_confirmed": "%s is confirmed.",
        "email_recovered": "Your address is %s again. If somebody else had changed it, set a new password: a link for that is on its way, and it signs out all other devices.",
        "factor_removed": "The second factor is removed. If somebody else had added it, set a new password: a link for that is on its way to %s, and it signs out all other devices.",
        "link_other_site": "This link belongs to another site.",
    },
}
"""What the script of one page says beside that, or of every page where the site asks for App Check, so that the sign-in page stays small."""


@dataclass(frozen=True)
class Texts:
    """The texts of one language.

    Attributes:
        language: Its tag, such as `de`.
        gettext: Takes an English text, and returns it in that language.
    """

    language: str
    gettext: Callable[[str], str]

    @property
    def direction(self) -> str:
        """`rtl` where the language is written from right to left."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    def for_script(self, *parts: str) -> dict[str, str]:
        """Return what the script of a page says.

        Args:
            parts: The page, and what else it does, as `PAGE_TEXTS` calls them.
        """
        texts = dict(SCRIPT_TEXTS)
        for part in parts:
            texts |= PAGE_TEXTS.get(part, {})
        return {key: self.gettext(text) for key, text in texts.items()}


def find_texts() -> Texts:
    """Return the texts in the language of the user who asks."""
    return _load(_choose_language())


def find_texts_of_browser() -> Texts:
    """Return the texts in the language of the browser, without the site's own say."""
    return _load(_language_of_browser())


def _choose_language() -> str:
    if "babel" in current_app.extensions:
        from flask_babel import get_locale

        locale = get_locale()
        return locale.language if locale is not None and locale.language in LANGUAGES else "en"
    return _language_of_browser()


def _language_of_browser() -> str:
    return request.accept_languages.best_match(LANGUAGES) or "en"


@lru_cache(maxsize=len(LANGUAGES))
def _load(language: str) -> Texts:
    return Texts(language, gettext.translation(DOMAIN, LOCALES, [language], fallback=True).gettext)
