// What both pages share: what the server told them, where they show what happens, and one thing at a time.

import { explainFirebase } from "./explain";

export interface PageConfig {
  firebase: Record<string, string>;
  emulator: string | null;
  tenantId: string | null;
  requireVerifiedEmail: boolean;
  isAnonymous: boolean;
  signIn: string;
  page: string;
  names: Record<string, string>;
  texts: Record<string, string>;
}

export const config: PageConfig = JSON.parse(document.getElementById("firebase-login-config")!.textContent!);

const status = document.getElementById("firebase-login-status")!;

/** A sentence for people that has been thought about; anything else that is thrown is a defect or the network. */
export class Message extends Error {}

/** Returns a text in the person's language. */
export function t(key: string, value = ""): string {
  return (config.texts[key] ?? key).replace("%s", value);
}

/** Shows a sentence, which screen readers speak. */
export function tell(sentence: string, category: "error" | "info" = "error"): void {
  status.textContent = sentence;
  status.dataset.category = category;
}

let busy = false;

/** Does one thing at a time for a button: it shows that it works, is not pressed twice, and a failure is one plain sentence. */
export async function whileBusy(button: HTMLElement | null, work: () => Promise<void>): Promise<void> {
  if (busy) return;
  busy = true;
  document.documentElement.dataset.busy = "";
  button?.setAttribute("aria-busy", "true");
  tell("");
  try {
    await work();
  } catch (error) {
    tell(error instanceof Message ? error.message : explainFirebase(error));
  } finally {
    busy = false;
    delete document.documentElement.dataset.busy;
    button?.removeAttribute("aria-busy");
  }
}

/** Says that the script has arrived: the text that says it is missing goes, and what needs it can be used. */
export function announceScript(): void {
  document.getElementById("firebase-login-missing")?.remove();
  for (const fields of document.querySelectorAll<HTMLFieldSetElement>("fieldset[data-until-script]")) fields.disabled = false;
}
