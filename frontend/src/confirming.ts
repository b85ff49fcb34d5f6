// One dialog before everything dangerous: it says who is asked and what for, and offers the ways that are theirs to prove who they are.

import type { User, UserCredential } from "firebase/auth";
import { type Answer, askUntil, type Question } from "./ask";
import { complete, config, Message, sdk, t } from "./page";

/** What somebody wants, before which they prove who they are. */
export interface Purpose {
  title: string;
  what: string;
  value: string;
}

interface Kept {
  email: string;
  what: string;
  value: string;
}

const KEPT = "firebase-login-confirming";
const page = document.querySelector<HTMLElement>("[data-uid]")!;
const takesEmail = config.ways.some(([id]) => id === "password");
const others = config.ways.filter(([id]) => id !== "password");

/** Returns the user once they have proven who they are; by a link in an e-mail, they come back to what they wanted with the page's next load. */
export async function confirmWho(purpose: Purpose): Promise<User> {
  const user = await askUntil(makeQuestion(purpose.title), (answer) => prove(answer, purpose), canBeMended);
  if (user !== null) return user;
  throw new Message(t("link_sent_here", read()!.email), "info");
}

/** Returns who has come by the link in an e-mail, and what they wanted: this browser alone knows, so that no link says what is done. */
export async function comeByLink(link: string): Promise<{ user: User; what: string; value: string }> {
  const kept = read();
  if (kept === null) throw new Message(t("link_not_here"));
  const firebase = await sdk();
  const user = await checkUser(await complete(firebase.signInWithEmailLink(firebase.auth, kept.email, link)));
  localStorage.removeItem(KEPT);
  return { user, what: kept.what, value: kept.value };
}

function read(): Kept | null {
  return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Kept | null;
}

/** Returns the user, where it is the one whose page this is; the server compares them too. Nobody comes into being by confirming who they are. */
async function checkUser({ user }: UserCredential): Promise<User> {
  if (user.uid === page.dataset.uid) return user;
  if (user.metadata.creationTime === user.metadata.lastSignInTime) await user.delete();
  throw new Message(t("mismatch"));
}

/** The address may be changed: Firebase may know of another than the site. */
function makeQuestion(title: string): Question {
  const who = page.dataset.who;
  const choices = others.map(([, name]) => ({ label: t("prove_with", name) }));
  const question: Question = { title, text: who ? t("prove_text", who) : t("prove_it"), choices };
  if (!takesEmail) return question;
  const value = page.dataset.email ?? "";
  question.fields = [{ name: "email", label: t("email"), type: "email", required: true, autocomplete: "username", value }];
  if (config.takesPasswords || !config.takesLinks) {
    question.fields.push({ name: "password", label: t("password"), type: "password", required: true, autocomplete: "current-password" });
    question.submit = t("continue");
  }
  if (config.takesLinks) question.more = t("prove_by_link");
  return question;
}

/** Returns the user; null where a link is on its way. */
async function prove({ choice, isMore, values }: Answer, { what, value }: Purpose): Promise<User | null> {
  const firebase = await sdk();
  const { email = "", password } = values;
  if (choice !== undefined) return checkUser(await complete(signInBy(...others[choice]!)));
  if (!isMore && password !== undefined) return checkUser(await complete(firebase.signInWithEmailAndPassword(firebase.auth, email, password)));
  await firebase.sendSignInLinkToEmail(firebase.auth, email, { url: new URL(config.page, location.href).href, handleCodeInApp: true });
  localStorage.setItem(KEPT, JSON.stringify({ email, what, value } satisfies Kept));
  return null;
}

async function signInBy(id: string, name: string): Promise<UserCredential> {
  const firebase = await sdk();
  if (id !== "phone") return firebase.signInAt(id);
  const { signInByPhone } = await import("./second-factor");
  return signInByPhone(firebase, t("prove_with", name));
}

/** Whatever went wrong, another answer may be right; only who gave up is not asked again. */
function canBeMended(error: unknown): boolean {
  return !(error instanceof Message) || error.message !== "";
}
