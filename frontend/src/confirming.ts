// One dialog before everything dangerous: it says who is asked and what for, and offers the ways that are theirs to prove who they are.

import type { User } from "firebase/auth";
import { type Answer, askUntil, type Question } from "./ask";
import { complete, config, Message, sdk, t } from "./page";

export const EMAIL = "firebase-login-email";

/** What somebody wants, before which they prove who they are. */
export interface Purpose {
  title: string;
  /** What the link in an e-mail leads back to, in the address of the account page. */
  back: Record<string, string>;
}

const page = document.querySelector<HTMLElement>("[data-uid]")!;

/** Returns the user once they have proven who they are; by a link in an e-mail, they come back to it with the page's next load. */
export async function confirmWho(purpose: Purpose): Promise<User> {
  const user = await askUntil(makeQuestion(purpose.title), (answer) => prove(answer, purpose), canBeMended);
  if (user === null) throw new Message(t("link_sent_here", page.dataset.email), "info");
  return user;
}

/** Returns the user, where it is the one whose page this is; the server compares them too. */
export function checkUser(user: User): User {
  if (user.uid !== page.dataset.uid) throw new Message(t("mismatch"));
  return user;
}

function makeQuestion(title: string): Question {
  const email = page.dataset.email ?? "";
  const takesEmail = ways().has("password") && email !== "";
  const choices = federated().map(([, name]) => ({ label: t("prove_with", name) }));
  const question: Question = { title, text: page.dataset.who ? t("prove_text", page.dataset.who) : t("prove_it"), choices };
  if (takesEmail && (config.takesPasswords || !config.takesLinks)) {
    question.fields = [
      { name: "username", label: "", type: "email", required: false, autocomplete: "username", value: email, isHidden: true },
      { name: "password", label: t("password"), type: "password", required: true, autocomplete: "current-password" },
    ];
    question.submit = t("continue");
  }
  if (takesEmail && config.takesLinks) question.more = t("prove_by_link");
  return question;
}

/** Returns the user; null where a link is on its way. */
async function prove({ choice, isMore, values }: Answer, purpose: Purpose): Promise<User | null> {
  const firebase = await sdk();
  const email = page.dataset.email!;
  if (isMore) {
    const back = new URL(config.page, location.href);
    for (const [name, value] of Object.entries(purpose.back)) back.searchParams.set(name, value);
    await firebase.sendSignInLinkToEmail(firebase.auth, email, { url: back.href, handleCodeInApp: true });
    localStorage.setItem(EMAIL, email);
    return null;
  }
  const id = choice === undefined ? "password" : federated()[choice]![0];
  return checkUser((await complete(signInBy(id, email, values.password))).user);
}

async function signInBy(id: string, email: string, password = "") {
  const firebase = await sdk();
  if (id === "password") return firebase.signInWithEmailAndPassword(firebase.auth, email, password);
  if (id !== "phone") return firebase.signInAt(id);
  const { signInByPhone } = await import("./second-factor");
  return signInByPhone(firebase);
}

/** Whatever went wrong, another answer may be right; only who gave up is not asked again. */
function canBeMended(error: unknown): boolean {
  return !(error instanceof Message) || error.message !== "";
}

function federated(): [string, string][] {
  return [...ways()].filter(([id]) => id !== "password");
}

function ways(): Map<string, string> {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-connected]")];
  return new Map(rows.map((row) => [row.dataset.connected!, row.querySelector(".fl-grow")!.textContent!.trim()]));
}
