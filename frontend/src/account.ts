// The account page. Its forms work without this; what is changed at Firebase needs it, and that the user proves who they are.

import type { Auth, User } from "firebase/auth";
import { announceScript, config, Message, playEarlyPress, sdk, t, whileBusy } from "./page";
import { comeByLink, confirmWho } from "./confirming";

type What = "connect" | "disconnect" | "verify" | "email" | "password" | "phone" | "factors" | "delete";

const page = document.querySelector<HTMLElement>("[data-uid]")!;
const deletion = document.querySelector<HTMLFormElement>("form[data-deletion]");
const title: Record<What, (value: string) => string> = {
  connect: (provider) => t("connect_title", config.names[provider] ?? provider),
  disconnect: (provider) => t("disconnect_title", config.names[provider] ?? provider),
  verify: () => t("verify_title"),
  email: () => t("email_title"),
  password: () => t("password_title"),
  phone: () => t("phone_change_title"),
  factors: () => t("factors_title"),
  delete: () => t("delete_title"),
};
const work: Record<What, (user: User, value: string) => Promise<void>> = {
  connect: async (user, provider) => (await import("./security")).connect(user, provider),
  disconnect: async (user, provider) => (await import("./security")).disconnect(user, provider),
  verify: async (user) => (await import("./security")).sendVerification(user),
  email: async (user) => (await import("./security")).changeEmail(user),
  password: async (user) => (await import("./security")).changePassword(user),
  phone: async (user) => (await import("./security")).changePhone(user),
  factors: async (user) => (await import("./factors")).manageFactors(user),
  delete: async (user) => sendDeletion(user),
};

announceScript();
for (const what of Object.keys(work) as What[]) {
  for (const button of document.querySelectorAll<HTMLButtonElement>(`button[data-${what}]`)) {
    button.addEventListener("click", () => whileBusy(button, () => change(what, button.dataset[what]!)));
  }
}
const gone = deletion?.querySelector<HTMLInputElement>("[name=firebase]"); // there where this page deletes the Firebase user, and not the site
let proven: User | null = null; // who deletes their account, once they have proven who they are
let isReady = deletion?.dataset.ready !== undefined;
deletion?.addEventListener("submit", (event) => {
  if (gone && localStorage["firebase-login-gone"] === page.dataset.uid) gone.value = "deleted"; // and where the site did not hear of it, the form is sent again
  if (isReady || gone?.value) return;
  event.preventDefault();
  void whileBusy(event.submitter, () => (proven ? sendDeletion(proven) : change("delete", "")));
});
for (const picture of document.querySelectorAll<HTMLImageElement>(".fl-picture img")) {
  picture.addEventListener("error", () => picture.remove()); // the initials are behind it
  if (picture.complete && picture.naturalWidth === 0) picture.remove();
}
for (const time of document.querySelectorAll("time")) time.textContent = describeTime(new Date(time.dateTime));
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
if (/[?&](message|kept)=/.test(location.search)) history.replaceState(null, "", config.page + location.hash); // said and given back once
void whileBusy(null, arrive).then(playEarlyPress);

/** Somebody comes back by the link in the e-mail by which they prove who they are, and goes on with what they wanted. */
async function arrive(): Promise<void> {
  if (new URLSearchParams(location.search).get("mode") !== "signIn") return;
  const link = location.href;
  history.replaceState(null, "", config.page);
  const { user, what, value } = await comeByLink(link);
  await work[what as What](user, value);
}

async function change(what: What, value: string): Promise<void> {
  const prove = () => confirmWho({ title: title[what](value), what, value });
  await work[what](await (config.isAnonymous ? findAnonymous() : prove()), value);
}

/** An anonymous person proves who they are by this browser, which alone knows them; connecting a provider keeps their account. */
async function findAnonymous(): Promise<User> {
  const { makeAnonymousAuth } = await sdk();
  const of: Auth = makeAnonymousAuth();
  await of.authStateReady();
  if (of.currentUser === null || of.currentUser.uid !== page.dataset.uid) throw new Message(t("anonymous_lost"));
  return of.currentUser;
}

/** The site knows now that the sign-in is recent. Who came back by a link types the word first. Firebase's user goes first: afterwards nobody could prove that it is theirs. */
async function sendDeletion(user: User): Promise<void> {
  await (await sdk()).handOver(user);
  proven = user;
  deletion!.closest("details")!.open = true;
  if (!deletion!.reportValidity()) return;
  if (gone) await user.delete();
  isReady = true;
  localStorage["firebase-login-gone"] = user.uid;
  return deletion!.requestSubmit(deletion!.querySelector("button"));
}

/** Returns how long ago a time was, in the page's language: "yesterday". */
function describeTime(at: Date): string {
  const seconds = (at.getTime() - Date.now()) / 1000;
  const units: [Intl.RelativeTimeFormatUnit, number][] = [["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60]];
  const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  return format.format(unit === "second" ? 0 : Math.round(seconds / length), unit);
}
