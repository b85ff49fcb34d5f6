"""What happened, for an audit log: blinker signals, sent after the commit. None carries a secret.

The sender is the app where a request is at work (`signed_in`, `new_device`, `sign_in_rejected`, `app_checked`, `security_changed`, `signed_out`), else the service.

| signal | carries |
|---|---|
| `account_created` | `account` |
| `account_updated` | `account`, `changed` (names of columns), `former_email` (where `provider_email` is among them, the address before, if it was confirmed; else None) |
| `account_deleted` | `account_id`, `firebase_uid` |
| `signed_in` | `account`, `session`, `created` (whether the account is new) |
| `new_device` | `account`, `session`: after `signed_in`, where the account is not new and the device not known |
| `sign_in_rejected` | `code`, `firebase_uid` (None where the ID token was not genuine) |
| `app_checked` | `app_id` (None where the app is not known to be genuine), `code` and `reason` (why not), `is_rejected`, `endpoint`: at each request that `APP_CHECK` looks at |
| `security_changed` | `account`, `event`, one of `SECURITY_EVENTS`: as a page or app of the user's says after Firebase has changed it |
| `signed_out` | `account`, `session_id` |
| `session_revoked` | `account_id`, `session_ids` |
"""

from __future__ import annotations

from blinker import Namespace

SECURITY_EVENTS = ("password_changed", "email_change_requested", "factor_added", "factor_removed", "phone_changed")
"""What `security_changed` tells of."""

_namespace = Namespace()

account_created = _namespace.signal("account-created")
account_updated = _namespace.signal("account-updated")
account_deleted = _namespace.signal("account-deleted")
signed_in = _namespace.signal("signed-in")
new_device = _namespace.signal("new-device")
sign_in_rejected = _namespace.signal("sign-in-rejected")
app_checked = _namespace.signal("app-checked")
security_changed = _namespace.signal("security-changed")
signed_out = _namespace.signal("signed-out")
session_revoked = _namespace.signal("session-revoked")
