// Each failure of Firebase's, as one plain sentence that says what to do.

import { t } from "./page";

const KEYS: Record<string, string> = {
  "auth/account-exists-with-different-credential": "other_way_first",
  "auth/captcha-check-failed": "captcha",
  "auth/code-expired": "code_wrong",
  "auth/credential-already-in-use": "in_use",
  "auth/email-already-in-use": "email_in_use",
  "auth/expired-action-code": "link_expired",
  "auth/invalid-action-code": "link_expired",
  "auth/invalid-credential": "wrong_password",
  "auth/invalid-email": "invalid_email",
  "auth/invalid-login-credentials": "wrong_password",
  "auth/invalid-phone-number": "invalid_phone",
  "auth/invalid-verification-code": "code_wrong",
  "auth/missing-code": "code_wrong",
  "auth/missing-password": "no_password",
  "auth/network-request-failed": "no_connection",
  "auth/operation-not-allowed": "not_enabled",
  "auth/popup-blocked": "popup_blocked",
  "auth/provider-already-linked": "already_connected",
  "auth/quota-exceeded": "too_many",
  "auth/requires-recent-login": "recent",
  "auth/too-many-requests": "too_many",
  "auth/unauthorized-domain": "unauthorized_domain",
  "auth/user-disabled": "disabled",
  "auth/user-mismatch": "mismatch",
  "auth/user-not-found": "wrong_password",
  "auth/weak-password": "weak_password",
  "auth/web-storage-unsupported": "no_storage",
  "auth/wrong-password": "wrong_password",
};

const SILENT = new Set(["auth/popup-closed-by-user", "auth/cancelled-popup-request", "auth/user-cancelled"]);

/** Returns the code of what Firebase threw; empty where it was not Firebase. */
export function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? "";
}

/** Returns the sentence for what was thrown; empty where the person themselves gave up. */
export function explainFirebase(error: unknown): string {
  const code = codeOf(error);
  if (SILENT.has(code)) return "";
  if (KEYS[code]) return t(KEYS[code]);
  if (code === "auth/password-does-not-meet-requirements") return t("weak_policy", requirements(error as Error));
  if (error instanceof TypeError) return t("no_connection");
  return t("unknown");
}

/** What the project's password policy misses, in Firebase's own words: it names them in brackets. */
function requirements(error: Error): string {
  return /\[(.+)\]/.exec(error.message)?.[1] ?? "";
}
