// The page of the links in Firebase's e-mails: it says whose the link is, and does what it asks for when the button is pressed.

import { announceScript, codeOf, complete, config, loadSdk, Message, playEarlyPress, sdk, t, tell, whileBusy } from "./page";

const form = document.querySelector<HTMLFormElement>("[data-action-form]")!;
const mode = form.dataset.mode!;
const asked = new URLSearchParams(location.search);
const code = asked.get("oobCode")!;
const GONE = new Set(["auth/expired-action-code", "auth/invalid-action-code", "auth/user-not-found", "auth/user-disabled"]);

announceScript();
loadSdk().catch(() => undefined);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void whileBusy(event.submitter, act);
});
void whileBusy(null, showWhose).then(playEarlyPress);

/** Says whose address or password it is about; a link that is good no more says so before anything is typed. */
async function showWhose(): Promise<void> {
  const { data } = await look();
  const whose = form.querySelector<HTMLElement>("[data-whose]")!;
  whose.textContent = data.email ?? "";
  whose.dir = "ltr";
  whose.hidden = !data.email;
  const username = form.elements.namedItem("email") as HTMLInputElement | null;
  if (username) username.value = data.email ?? "";
}

async function look() {
  const firebase = await sdk();
  if (!config.emulator && asked.get("apiKey") !== config.firebase.apiKey) throw over(new Message(t("link_other_site")));
  try {
    return await firebase.checkActionCode(firebase.auth, code);
  } catch (error) {
    throw over(error);
  }
}

async function act(): Promise<void> {
  const firebase = await sdk();
  const { data } = await look();
  const email = data.email ?? "";
  try {
    if (mode === "resetPassword") return await setPassword(email);
    await firebase.applyActionCode(firebase.auth, code);
  } catch (error) {
    throw over(error);
  }
  if (mode === "recoverEmail" || mode === "revertSecondFactorAddition") {
    await firebase.sendPasswordResetEmail(firebase.auth, email, { url: new URL(config.page, location.href).href });
  }
  const said: Record<string, string> = {
    verifyEmail: t("email_confirmed", email),
    verifyAndChangeEmail: t("email_changed", email),
    recoverEmail: t("email_recovered", email),
    revertSecondFactorAddition: t("factor_removed", email),
  };
  finish("[data-done]");
  tell(said[mode]!, "info");
}

/** The user knows their new password, so they are signed in by it at once; whoever knew the former one is signed out everywhere. */
async function setPassword(email: string): Promise<void> {
  const firebase = await sdk();
  const password = (form.elements.namedItem("password") as HTMLInputElement).value;
  await firebase.confirmPasswordReset(firebase.auth, code, password);
  finish("[data-again]");
  const { user } = await complete(firebase.signInWithEmailAndPassword(firebase.auth, email, password));
  const next = await firebase.handOver(user);
  await fetch(config.sessions, { method: "DELETE", credentials: "same-origin" });
  location.assign(next);
}

/** Where a link is good for nothing, the form goes and the way to a new link is shown. */
function over(error: unknown): unknown {
  if (error instanceof Message || GONE.has(codeOf(error))) finish("[data-again]");
  return error;
}

function finish(shown: string): void {
  form.hidden = true;
  document.querySelector<HTMLElement>(shown)!.hidden = false;
}
