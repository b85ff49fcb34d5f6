// The sign-in page. The server rendered its buttons and forms; this makes them work, with the SDK loaded behind them.

import type { AuthCredential, OAuthCredential, User, UserCredential } from "firebase/auth";
import { announceScript, codeOf, complete, config, loadSdk, Message, playEarlyPress, sdk, t, tell, whileBusy } from "./page";

const EMAIL = "firebase-login-email";
const form = document.querySelector<HTMLFormElement>("form[data-email-form]");
let pending: AuthCredential | null = null;

announceScript();
loadSdk().catch(() => undefined);
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-provider]")) {
  button.addEventListener("click", () => whileBusy(button, (signal) => signInBy(button.dataset.provider!, signal)));
}
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter as HTMLButtonElement | null;
  void whileBusy(button, (signal) => submitEmail(button?.value ?? "signIn", signal));
});
document.querySelector("[data-show-password]")?.addEventListener("click", (event) => showPassword(event.currentTarget as HTMLElement));
document.querySelector("[data-switch-mode]")?.addEventListener("click", switchMode);
document.querySelector("[data-sign-in-instead]")?.addEventListener("click", () => {
  switchMode();
  (form!.elements.namedItem("password") as HTMLInputElement).focus();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
void whileBusy(null, arrive).then(playEarlyPress);

/** Somebody arrives: from a provider's page, from a link in an e-mail, or just so. */
async function arrive(signal: AbortSignal): Promise<void> {
  const isLink = new URLSearchParams(location.search).get("mode") === "signIn";
  if (!isLink && sessionStorage.length === 0) return;
  const { auth, comeBack, isSignInWithEmailLink, signInWithEmailLink } = await sdk();
  if (isLink && isSignInWithEmailLink(auth, location.href)) {
    const link = location.href;
    history.replaceState(null, "", config.page);
    const open = (email: string) => signInWithEmailLink(auth, email, link);
    const known = localStorage.getItem(EMAIL);
    await finish(known === null ? askForEmail(open) : open(known), signal);
    return;
  }
  const returned = comeBack();
  if ((await returned.catch(() => undefined)) !== null) await finish(returned as Promise<UserCredential>, signal);
}

async function signInBy(provider: string, signal: AbortSignal): Promise<void> {
  const { makeAnonymousAuth, signInAnonymously, signInAt } = await sdk();
  if (provider === "anonymous") {
    const auth = makeAnonymousAuth();
    await auth.authStateReady();
    if (config.isAnonymous && auth.currentUser === null) throw new Message(t("anonymous_lost")); // another one would be somebody else
    return finish(signInAnonymously(auth), signal);
  }
  if (provider === "phone") return finish(import("./second-factor").then(async ({ signInByPhone }) => signInByPhone(await sdk())), signal);
  return finish(signInAt(provider), signal);
}

async function submitEmail(way: string, signal: AbortSignal): Promise<void> {
  const firebase = await sdk();
  const { auth } = firebase;
  const email = (form!.elements.namedItem("email") as HTMLInputElement).value.trim();
  const password = (form!.elements.namedItem("password") as HTMLInputElement | null)?.value ?? "";
  if (!email) throw new Message(t("invalid_email"));
  if (way === "reset") {
    try {
      await firebase.sendPasswordResetEmail(auth, email, { url: absolute(config.page) });
    } catch (error) {
      if (codeOf(error) !== "auth/user-not-found") throw error; // whether there is one is nobody's to know
    }
    return tell(t("reset_sent", email), "info");
  }
  if (way === "link") {
    await firebase.sendSignInLinkToEmail(auth, email, { url: absolute(config.page), handleCodeInApp: true });
    localStorage.setItem(EMAIL, email);
    return tell(t("link_sent", email), "info");
  }
  if (!password) throw new Message(t("no_password"));
  await finish(isSigningUp() ? signUp(email, password) : firebase.signInWithEmailAndPassword(auth, email, password), signal);
}

async function signUp(email: string, password: string): Promise<UserCredential> {
  const { auth, createUserWithEmailAndPassword, updateProfile } = await sdk();
  const name = (form!.elements.namedItem("name") as HTMLInputElement | null)?.value.trim();
  try {
    const made = await createUserWithEmailAndPassword(auth, email, password);
    if (name) {
      await updateProfile(made.user, { displayName: name });
      await made.user.getIdToken(true); // with the name in it
    }
    return made;
  } catch (error) {
    const isTaken = codeOf(error) === "auth/email-already-in-use";
    form!.querySelector<HTMLElement>("[data-instead]")!.hidden = !isTaken;
    throw error;
  }
}

/** From whatever Firebase answered to the site's own session, and on to where the person wanted to go. */
async function finish(attempt: Promise<UserCredential>, signal: AbortSignal): Promise<void> {
  const { handOver, linkWithCredential } = await sdk();
  const { user } = await completed(attempt);
  signal.throwIfAborted(); // another press has come in between
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
    return await complete(attempt);
  } catch (error) {
    throw codeOf(error) === "auth/account-exists-with-different-credential" ? await leadToLinking(error) : error;
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

/** The link came to another device than the one that asked for it: a mistyped address may be mended, the link is good until it is used. */
async function askForEmail(open: (email: string) => Promise<UserCredential>): Promise<UserCredential> {
  const { askUntil } = await import("./ask");
  return askUntil(
    {
      title: t("link_elsewhere"),
      fields: [{ name: "email", label: t("email"), type: "email", required: true, autocomplete: "email" }],
      submit: t("continue"),
    },
    async ({ values }) => {
      try {
        return await open(values.email!);
      } catch (error) {
        if (codeOf(error) === "auth/invalid-email") throw new Message(t("link_other_address"));
        throw error;
      }
    },
    (error) => error instanceof Message,
  );
}

function showPassword(button: HTMLElement): void {
  const field = form!.elements.namedItem("password") as HTMLInputElement;
  const isShown = field.type === "text";
  field.type = isShown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!isShown));
}

function isSigningUp(): boolean {
  return form!.dataset.mode === "signUp";
}

/** Signing up has an address of its own, so that a reload stays with it; what was typed stays, too. */
function switchMode(): void {
  const isNew = !isSigningUp();
  form!.dataset.mode = isNew ? "signUp" : "signIn";
  for (const one of form!.querySelectorAll<HTMLElement>("[data-for-sign-up]")) one.hidden = !isNew;
  for (const one of form!.querySelectorAll<HTMLElement>("[data-for-sign-in]")) one.hidden = isNew;
  form!.querySelector<HTMLElement>("[data-instead]")!.hidden = true;
  (form!.elements.namedItem("password") as HTMLInputElement).autocomplete = isNew ? "new-password" : "current-password";
  form!.querySelector("button.fl-main span")!.textContent = t(isNew ? "make_account" : "sign_in");
  form!.querySelector<HTMLElement>("[data-switch-mode]")!.textContent = t(isNew ? "have_account" : "no_account");
  const [former, heading] = isNew ? [t("sign_in"), t("create_account")] : [t("create_account"), t("sign_in")];
  const title = document.querySelector("h1")!;
  if (title.textContent!.trim() === former) title.textContent = heading; // else it is the site's own
  document.title = document.title.replace(former, heading);
  const here = new URL(location.href);
  if (isNew) here.searchParams.set("mode", "signUp");
  else here.searchParams.delete("mode");
  history.replaceState(null, "", here);
  tell("");
}

function absolute(path: string): string {
  return new URL(path, location.href).href;
}
