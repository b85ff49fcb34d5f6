// The sign-in page. The server rendered its buttons and forms; this makes them work, with the SDK loaded behind them.

import type { Auth, AuthCredential, MultiFactorError, OAuthCredential, User, UserCredential } from "firebase/auth";
import { announceScript, config, t, tell, Message, whileBusy } from "./page";

type Sdk = typeof import("./firebase");

const EMAIL = "firebase-login-email";
const loading: Promise<Sdk> = import("./firebase");
const form = document.querySelector<HTMLFormElement>("form[data-email-form]");
let anonymous: Auth | undefined;
let pending: AuthCredential | null = null;

announceScript();
loading.catch(() => undefined);
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-provider]")) {
  button.addEventListener("click", () => whileBusy(button, () => signInBy(button.dataset.provider!)));
}
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter as HTMLButtonElement | null;
  void whileBusy(button, () => submitEmail(button?.value ?? "signIn"));
});
document.querySelector("[data-show-password]")?.addEventListener("click", (event) => showPassword(event.currentTarget as HTMLElement));
document.querySelector("[data-switch-mode]")?.addEventListener("click", switchMode);
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
void whileBusy(null, arrive);

async function sdk(): Promise<Sdk> {
  try {
    return await loading;
  } catch {
    throw new Message(t("no_sdk"));
  }
}

/** Somebody arrives: from a provider's page, from a link in an e-mail, or just so. */
async function arrive(): Promise<void> {
  const isLink = new URLSearchParams(location.search).get("mode") === "signIn";
  if (!isLink && sessionStorage.length === 0) return;
  const { auth, comeBack, isSignInWithEmailLink, signInWithEmailLink } = await sdk();
  if (isLink && isSignInWithEmailLink(auth, location.href)) {
    const email = localStorage.getItem(EMAIL) ?? (await askForEmail());
    const link = location.href;
    history.replaceState(null, "", config.page);
    await finish(signInWithEmailLink(auth, email, link));
    return;
  }
  const returned = comeBack();
  if ((await returned.catch(() => undefined)) !== null) await finish(returned as Promise<UserCredential>);
}

async function signInBy(provider: string): Promise<void> {
  const { makeAnonymousAuth, signInAnonymously, signInAt } = await sdk();
  if (provider === "anonymous") return finish((anonymous ??= makeAnonymousAuth(), signInAnonymously(anonymous)));
  if (provider === "phone") return finish(import("./second-factor").then(({ signInByPhone }) => signInByPhone()));
  return finish(signInAt(provider));
}

async function submitEmail(way: string): Promise<void> {
  const firebase = await sdk();
  const { auth } = firebase;
  const email = (form!.elements.namedItem("email") as HTMLInputElement).value.trim();
  const password = (form!.elements.namedItem("password") as HTMLInputElement | null)?.value ?? "";
  if (!email) throw new Message(t("invalid_email"));
  if (way === "reset") {
    await firebase.sendPasswordResetEmail(auth, email, { url: absolute(config.page) });
    return tell(t("reset_sent", email), "info");
  }
  if (way === "link") {
    await firebase.sendSignInLinkToEmail(auth, email, { url: absolute(config.page), handleCodeInApp: true });
    localStorage.setItem(EMAIL, email);
    return tell(t("link_sent", email), "info");
  }
  if (!password) throw new Message(t("no_password"));
  const isNew = form!.dataset.mode === "signUp";
  const sign = isNew ? firebase.createUserWithEmailAndPassword : firebase.signInWithEmailAndPassword;
  await finish(sign(auth, email, password));
}

/** From whatever Firebase answered to the site's own session, and on to where the person wanted to go. */
async function finish(attempt: Promise<UserCredential>): Promise<void> {
  const { handOver, linkWithCredential } = await sdk();
  const { user } = await completed(attempt);
  localStorage.removeItem(EMAIL);
  if (pending !== null) {
    const credential = pending;
    pending = null;
    await linkWithCredential(user, credential);
  }
  await verifyEmail(user);
  location.assign(await handOver(user));
}

async function completed(attempt: Promise<UserCredential>): Promise<UserCredential> {
  try {
    return await attempt;
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === "auth/multi-factor-auth-required") {
      const { resolveSecondFactor } = await import("./second-factor");
      return resolveSecondFactor(error as MultiFactorError);
    }
    if (code === "auth/account-exists-with-different-credential") throw await leadToLinking(error);
    throw error;
  }
}

/** The address belongs to an account with another provider: that way first, then this one is connected to it. */
async function leadToLinking(error: unknown): Promise<Message> {
  const { OAuthProvider } = await sdk();
  const { customData } = error as { customData?: { email?: string; _tokenResponse?: { providerId?: string } } };
  pending = OAuthProvider.credentialFromError(error as never) as OAuthCredential | null;
  const email = customData?.email ?? "";
  const field = form?.elements.namedItem("email") as HTMLInputElement | undefined;
  if (field) field.value = email;
  return new Message(t("other_way_first", email));
}

/** Where the site asks for a verified address, the link is sent, and the person comes back to this page with it. */
async function verifyEmail(user: User): Promise<void> {
  if (!config.requireVerifiedEmail || user.emailVerified) return;
  const { sendEmailVerification } = await sdk();
  await sendEmailVerification(user, { url: absolute(config.page) });
  throw new Message(t("verify_sent", user.email ?? ""));
}

async function askForEmail(): Promise<string> {
  const { ask, closeAsking } = await import("./ask");
  const asked = await ask({
    title: t("link_elsewhere"),
    fields: [{ name: "email", label: t("email"), type: "email", required: true, autocomplete: "email" }],
    submit: t("continue"),
  });
  closeAsking();
  if (asked === null) throw new Message("");
  return asked.values.email!;
}

function showPassword(button: HTMLElement): void {
  const field = form!.elements.namedItem("password") as HTMLInputElement;
  const isShown = field.type === "text";
  field.type = isShown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!isShown));
}

function switchMode(event: Event): void {
  const isNew = form!.dataset.mode !== "signUp";
  form!.dataset.mode = isNew ? "signUp" : "signIn";
  (form!.elements.namedItem("password") as HTMLInputElement).autocomplete = isNew ? "new-password" : "current-password";
  form!.querySelector<HTMLButtonElement>("button.fl-main")!.textContent = t(isNew ? "make_account" : "sign_in");
  (event.currentTarget as HTMLElement).textContent = t(isNew ? "have_account" : "no_account");
  tell("");
}

function absolute(path: string): string {
  return new URL(path, location.href).href;
}
