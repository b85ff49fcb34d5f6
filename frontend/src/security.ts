// How somebody signs in, changed by themselves, who have just proven who they are: providers, address, password, telephone number.

import type { RecaptchaVerifier, User } from "firebase/auth";
import { ask, askUntil, closeAsking, type Field } from "./ask";
import { codeOf, config, Message, sdk, t, tell } from "./page";

export async function connect(user: User, provider: string): Promise<void> {
  const firebase = await sdk();
  if (!config.emulator) {
    // A second popup needs a press of its own, or browsers block it.
    const asked = await ask({ title: t("connect_title", config.names[provider] ?? provider), submit: t("continue") });
    closeAsking();
    if (asked === null) throw new Message("");
  }
  await firebase.connectAt(user, provider);
  await goOn(user, "ways");
}

/** The site may know of a way that Firebase knows no more: what is the last one, Firebase says. */
export async function disconnect(user: User, provider: string): Promise<void> {
  if (user.providerData.every(({ providerId }) => providerId === provider)) throw new Message(t("last_way"));
  await (await sdk()).unlink(user, provider);
  await goOn(user, "ways");
}

export async function sendVerification(user: User): Promise<void> {
  if (user.emailVerified) return goOn(user, "verified");
  const firebase = await sdk();
  await firebase.sendEmailVerification(user, { url: new URL(config.page, location.href).href });
  await firebase.signOut(firebase.auth);
  tell(t("verify_sent", user.email ?? ""), "info");
}

/** The address changes once its new owner opens the link, so that nobody takes an address that is not theirs. */
export async function changeEmail(user: User): Promise<void> {
  const firebase = await sdk();
  const email = await askUntil(
    {
      title: t("email_title"),
      text: t("email_text"),
      fields: [{ name: "email", label: t("email_new"), type: "email", required: true, autocomplete: "email" }],
      submit: t("send_link"),
      isFinal: true,
    },
    async ({ values }) => {
      await firebase.verifyBeforeUpdateEmail(user, values.email!, { url: new URL(config.page, location.href).href });
      return values.email!;
    },
    canBeMended,
  );
  await firebase.handOver(user).then(() => announce("email_change_requested"), () => undefined); // the link is on its way all the same
  tell(t("email_change_sent", email), "info");
}

/** Whoever has no password yet sets one, beside the provider that they came from, and for the address that it has told. */
export async function changePassword(user: User): Promise<void> {
  const firebase = await sdk();
  const email = user.email ?? "";
  const password: Field = { name: "password", label: t("password_new"), type: "password", required: true, autocomplete: "new-password" };
  const signsOthersOut = await askUntil(
    {
      title: t("password_title"),
      text: t("password_rule"),
      fields: [{ name: "username", label: "", type: "email", required: false, autocomplete: "username", value: email, isHidden: true }, password],
      checkbox: { name: "others", label: t("sign_out_others"), checked: true },
      submit: t("save"),
      isFinal: true,
    },
    async ({ values, checked }) => {
      await firebase.updatePassword(user, values.password!);
      return checked;
    },
    canBeMended,
  );
  await goOn(user, "password", "password_changed", signsOthersOut);
}

export async function changePhone(user: User): Promise<void> {
  const firebase = await sdk();
  const { askForNumber } = await import("./second-factor");
  const send = async (number: string, verifier: RecaptchaVerifier) => {
    const id = await new firebase.PhoneAuthProvider(firebase.auth).verifyPhoneNumber(number, verifier);
    return (code: string) => firebase.updatePhoneNumber(user, firebase.PhoneAuthProvider.credential(id, code));
  };
  await askForNumber(firebase, t("phone_change_title"), send, true);
  await goOn(user, "phone", "phone_changed");
}

/** Tells the site what has changed, so that it can tell the user by e-mail; a site that does not answer has lost no more than that. */
export async function announce(event: string): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  await fetch(config.events, { method: "POST", headers, body: JSON.stringify({ event }), credentials: "same-origin" }).catch(() => undefined);
}

/** The site learns of the change from a new ID token, and the page is shown anew. What Firebase has changed stays so where the site is not reached. */
async function goOn(user: User, message: string, event?: string, signsOthersOut = false): Promise<void> {
  const firebase = await sdk();
  try {
    await user.getIdToken(true);
    await firebase.handOver(user);
    if (event !== undefined) await announce(event);
    if (signsOthersOut && !(await fetch(config.sessions, { method: "DELETE", credentials: "same-origin" })).ok) throw new Error();
  } catch {
    throw new Message(t("changed_alone"));
  }
  location.assign(`${config.page}?message=${message}`);
}

function canBeMended(error: unknown): boolean {
  return codeOf(error) !== "" && codeOf(error) !== "auth/requires-recent-login";
}
