// The account page. Its forms work without this; connecting and disconnecting providers needs Firebase.

import type { Auth, User } from "firebase/auth";
import { announceScript, config, Message, playEarlyPress, sdk, t, tell, whileBusy } from "./page";

const EMAIL = "firebase-login-email";
const page = document.querySelector<HTMLElement>("[data-uid]")!;

announceScript();
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-connect]")) {
  button.addEventListener("click", () => whileBusy(button, () => change("connect", button.dataset.connect!)));
}
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-disconnect]")) {
  button.addEventListener("click", () => whileBusy(button, () => change("disconnect", button.dataset.disconnect!)));
}
document.querySelector<HTMLButtonElement>("button[data-verify]")?.addEventListener("click", (event) => {
  void whileBusy(event.currentTarget as HTMLElement, sendVerification);
});
for (const picture of document.querySelectorAll<HTMLImageElement>(".fl-picture img")) {
  picture.addEventListener("error", () => picture.remove()); // the initials are behind it
  if (picture.complete && picture.naturalWidth === 0) picture.remove();
}
for (const time of document.querySelectorAll("time")) time.textContent = describeTime(new Date(time.dateTime));
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
if (new URLSearchParams(location.search).has("message")) history.replaceState(null, "", config.page); // said once
void whileBusy(null, arrive).then(playEarlyPress);

/** Somebody comes back by the link in the e-mail by which they prove who they are, and goes on with what they wanted. */
async function arrive(): Promise<void> {
  const asked = new URLSearchParams(location.search);
  const email = localStorage.getItem(EMAIL);
  if (asked.get("mode") !== "signIn" || email === null) return;
  const link = location.href;
  history.replaceState(null, "", config.page);
  const firebase = await sdk();
  const { user } = await firebase.signInWithEmailLink(firebase.auth, email, link);
  localStorage.removeItem(EMAIL);
  checkUser(user);
  for (const what of ["connect", "disconnect"] as const) if (asked.has(what)) await change(what, asked.get(what)!, user);
}

/** The person proves who they are by a way that is connected already, and then connects or disconnects another. */
async function change(what: "connect" | "disconnect", provider: string, proven?: User): Promise<void> {
  const firebase = await sdk();
  const of = config.isAnonymous ? firebase.makeAnonymousAuth() : firebase.auth;
  const user = proven ?? (config.isAnonymous ? await findAnonymous(of) : await proveWho({ [what]: provider }));
  if (what === "connect") await connect(user, provider);
  else await firebase.unlink(user, provider);
  await user.getIdToken(true);
  await firebase.handOver(user, of);
  location.reload();
}

/** An anonymous person proves who they are by this browser, which alone knows them; connecting a provider keeps their account. */
async function findAnonymous(of: Auth): Promise<User> {
  await of.authStateReady();
  const user = of.currentUser;
  if (user === null || user.uid !== page.dataset.uid) throw new Message(t("anonymous_lost"));
  return user;
}

async function connect(user: User, provider: string): Promise<void> {
  const firebase = await sdk();
  if (!config.emulator) {
    // A second popup needs a press of its own, or browsers block it.
    const { ask, closeAsking } = await import("./ask");
    const asked = await ask({ title: t("connect_title", config.names[provider] ?? provider), submit: t("continue") });
    closeAsking();
    if (asked === null) throw new Message("");
  }
  await firebase.connectAt(user, provider);
}

/**
 * Asks the person to prove who they are, by the ways that are theirs: a provider, their password, or a link in an e-mail.
 *
 * @param purpose What they wanted, in the address that the link leads back to.
 */
async function proveWho(purpose: Record<string, string>): Promise<User> {
  const firebase = await sdk();
  const { askUntil } = await import("./ask");
  const connected = [...document.querySelectorAll<HTMLElement>("[data-connected]")].map((row) => row.dataset.connected!);
  const federated = connected.filter((id) => id !== "password");
  const email = page.dataset.email ?? "";
  const byEmail = connected.includes("password") && email !== "";
  const user = await askUntil(
    {
      title: t("prove_title"),
      text: t("prove_text"),
      choices: federated.map((id) => ({ label: t("prove_with", config.names[id] ?? id) })),
      ...(byEmail && (config.takesPasswords || !config.takesLinks)
        ? {
            fields: [
              { name: "username", label: "", type: "email", required: false, autocomplete: "username", value: email, isHidden: true },
              { name: "password", label: t("password"), type: "password", required: true, autocomplete: "current-password" },
            ],
            submit: t("continue"),
          }
        : {}),
      ...(byEmail && config.takesLinks ? { more: t("prove_by_link") } : {}),
    },
    async ({ choice, isMore, values }) => {
      if (choice !== undefined) return (await firebase.signInAt(federated[choice]!)).user;
      if (!isMore) return (await firebase.signInWithEmailAndPassword(firebase.auth, email, values.password ?? "")).user;
      const back = new URL(config.page, location.href);
      for (const [name, value] of Object.entries(purpose)) back.searchParams.set(name, value);
      await firebase.sendSignInLinkToEmail(firebase.auth, email, { url: back.href, handleCodeInApp: true });
      localStorage.setItem(EMAIL, email);
      return null;
    },
    (error) => ["auth/wrong-password", "auth/invalid-credential", "auth/missing-password"].includes((error as { code?: string }).code ?? ""),
  );
  if (user !== null) return checkUser(user);
  throw new Message(t("link_sent_here", email), "info");
}

function checkUser(user: User): User {
  if (user.uid !== page.dataset.uid) throw new Message(t("mismatch"));
  return user;
}

async function sendVerification(): Promise<void> {
  const firebase = await sdk();
  const user = await proveWho({});
  await firebase.sendEmailVerification(user, { url: new URL(config.page, location.href).href });
  await firebase.signOut(firebase.auth);
  tell(t("verify_sent", user.email ?? ""), "info");
}

/** Returns how long ago a time was, in the page's language: "yesterday". */
function describeTime(at: Date): string {
  const seconds = (at.getTime() - Date.now()) / 1000;
  const units: [Intl.RelativeTimeFormatUnit, number][] = [["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60]];
  const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  return format.format(unit === "second" ? 0 : Math.round(seconds / length), unit);
}
