// The account page. Its forms work without this; connecting and disconnecting providers needs Firebase.

import type { Auth, User } from "firebase/auth";
import { announceScript, config, t, tell, Message, whileBusy } from "./page";

announceScript();
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-connect]")) {
  button.addEventListener("click", () => whileBusy(button, () => change(button.dataset.connect!, true)));
}
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-disconnect]")) {
  button.addEventListener("click", () => whileBusy(button, () => change(button.dataset.disconnect!, false)));
}
document.querySelector<HTMLButtonElement>("button[data-verify]")?.addEventListener("click", (event) => {
  void whileBusy(event.currentTarget as HTMLElement, sendVerification);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

/** The person proves who they are by a way that is connected already, and then connects or disconnects another. */
async function change(provider: string, isToConnect: boolean): Promise<void> {
  const firebase = await import("./firebase");
  const of = config.isAnonymous ? firebase.makeAnonymousAuth() : firebase.auth;
  const user = config.isAnonymous ? await findAnonymous(of) : await proveWho();
  if (isToConnect) await connect(user, provider);
  else await firebase.unlink(user, provider);
  await user.getIdToken(true);
  await firebase.handOver(user, of);
  location.reload();
}

/** An anonymous person proves who they are by this browser, which alone knows them; connecting a provider keeps their account. */
async function findAnonymous(of: Auth): Promise<User> {
  await of.authStateReady();
  const user = of.currentUser;
  if (user === null || user.uid !== document.querySelector<HTMLElement>("[data-uid]")!.dataset.uid) throw new Message(t("anonymous_lost"));
  return user;
}

async function connect(user: User, provider: string): Promise<void> {
  const firebase = await import("./firebase");
  if (config.emulator) {
    const { chooseIdentity } = await import("./emulator");
    await firebase.linkWithCredential(user, await chooseIdentity(provider));
  } else {
    // A second popup needs a press of its own, or browsers block it.
    const { ask, closeAsking } = await import("./ask");
    const asked = await ask({ title: t("connect_title", config.names[provider] ?? provider), submit: t("continue") });
    closeAsking();
    if (asked === null) throw new Message("");
    await firebase.linkWithPopup(user, firebase.providerFor(provider), firebase.browserPopupRedirectResolver);
  }
}

async function proveWho(): Promise<User> {
  const firebase = await import("./firebase");
  const { ask, closeAsking } = await import("./ask");
  const connected = [...document.querySelectorAll<HTMLElement>("[data-connected]")].map((row) => row.dataset.connected!);
  const federated = connected.filter((id) => id !== "password");
  const asked = await ask({
    title: t("prove_title"),
    text: t("prove_text"),
    choices: federated.map((id) => ({ label: t("prove_with", config.names[id] ?? id) })),
    fields: connected.includes("password")
      ? [{ name: "password", label: t("password"), type: "password", required: true, autocomplete: "current-password" }]
      : [],
    submit: t("continue"),
  });
  closeAsking();
  if (asked === null) throw new Message("");
  const email = document.querySelector<HTMLElement>("[data-email]")?.dataset.email ?? "";
  const { user } =
    asked.choice === undefined
      ? await firebase.signInWithEmailAndPassword(firebase.auth, email, asked.values.password ?? "")
      : await firebase.signInAt(federated[asked.choice]!);
  if (user.uid !== document.querySelector<HTMLElement>("[data-uid]")!.dataset.uid) throw new Message(t("mismatch"));
  return user;
}

async function sendVerification(): Promise<void> {
  const firebase = await import("./firebase");
  const user = await proveWho();
  await firebase.sendEmailVerification(user, { url: new URL(config.page, location.href).href });
  await firebase.signOut(firebase.auth);
  tell(t("verify_sent", user.email ?? ""), "info");
}
