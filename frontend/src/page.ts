// What both pages share: what the server told them, where they show what happens, the SDK, and one thing at a time.

import type { MultiFactorError, UserCredential } from "firebase/auth";
import { codeOf, explainFirebase } from "./explain";

export { codeOf };

export type Sdk = typeof import("./firebase");

export interface PageConfig {
  firebase: Record<string, string>;
  emulator: string | null;
  appCheck?: string;
  tenantId: string | null;
  requireVerifiedEmail: boolean;
  isAnonymous: boolean;
  signIn: string;
  sessions: string;
  events: string;
  page: string;
  sdk: string;
  takesPasswords: boolean;
  takesLinks: boolean;
  ways: [string, string][];
  siteName: string | null;
  secondFactors: string[];
  names: Record<string, string>;
  texts: Record<string, string>;
}

/** What the few bytes in the page itself have done before this script was there: see `parts.html`. */
interface Early {
  isReady: boolean;
  press: HTMLButtonElement | null;
}

declare global {
  interface Window {
    firebaseLogin?: Early;
  }
}

const SLOW_MS = 2000;
export const LEFT = "firebase-login-left";

export const config: PageConfig = JSON.parse(document.getElementById("firebase-login-config")!.textContent!);

const status = document.getElementById("firebase-login-status")!;

/** A sentence for people that has been thought about, and ends what was begun; anything else that is thrown is a defect or the network. */
export class Message extends Error {
  constructor(
    sentence: string,
    readonly category: "error" | "info" = "error",
  ) {
    super(sentence);
  }
}

/** Returns a text in the person's language. */
export function t(key: string, value = ""): string {
  return (config.texts[key] ?? key).replace("%s", () => value);
}

/** Shows a sentence, which screen readers speak. */
export function tell(sentence: string, category: "error" | "info" = "error"): void {
  status.textContent = sentence;
  status.dataset.category = category;
  delete status.dataset.code;
  if (sentence) status.scrollIntoView({ block: "nearest" });
}

let loading: Promise<Sdk> | undefined;
let failures = 0;

/**
 * Returns the Firebase SDK, loaded once; where that has failed, the next call tries again. A browser keeps the failure of a module by its
 * address, so that another attempt has another address.
 */
export function loadSdk(): Promise<Sdk> {
  loading ??= (import(failures === 0 ? config.sdk : `${config.sdk}?again=${failures}`) as Promise<Sdk>).catch(() => {
    loading = undefined;
    failures += 1;
    throw new Message(t("no_sdk"));
  });
  return loading;
}

/** Returns the SDK to somebody who has pressed a button, and says so where that takes long. */
export async function sdk(): Promise<Sdk> {
  const slow = setTimeout(() => tell(t("slow"), "info"), SLOW_MS);
  try {
    return await loadSdk();
  } finally {
    clearTimeout(slow);
    if (status.textContent === t("slow")) tell("");
  }
}

/** Returns what a sign-in comes to: where Firebase asks for a second factor, so does the page. */
export async function complete(attempt: Promise<UserCredential>): Promise<UserCredential> {
  try {
    return await attempt;
  } catch (error) {
    if (codeOf(error) !== "auth/multi-factor-auth-required") throw error;
    const { resolveSecondFactor } = await import("./second-factor");
    return resolveSecondFactor(await sdk(), error as MultiFactorError);
  }
}

interface Work {
  button: HTMLElement | null;
  controller: AbortController;
  mayBeLeft: boolean;
}

let current: Work | null = null;

/**
 * Does one thing at a time for a button: it shows that it works, is not pressed twice, and a failure is one plain sentence. What may be left
 * gives way to the next press; its signal is then aborted, and nothing more of it is shown.
 */
export async function whileBusy(button: HTMLElement | null, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  if (current !== null && !current.mayBeLeft) return;
  if (current !== null) end(current);
  const mine: Work = (current = { button, controller: new AbortController(), mayBeLeft: false });
  const { signal } = mine.controller;
  showBusy(mine, true);
  if (button !== null) tell("");
  try {
    await work(signal);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Message) tell(error.message, error.category);
    else tell(explainFirebase(error));
    const code = codeOf(error) || (error instanceof Message ? "" : (error as Error).name);
    if (code) status.dataset.code = code; // for whoever looks into it: people are told a sentence
  } finally {
    if (current === mine) end(mine);
  }
}

/** Says that what is being done waits for somebody who may have gone: another press takes its place. */
export function letBeLeft(): void {
  if (current !== null) current.mayBeLeft = true;
}

/** Says that nobody waits any more for what is being done; should it be done all the same, it counts. */
export function showAsLeft(): void {
  if (!current?.mayBeLeft) return;
  showBusy(current, false);
  dispatchEvent(new Event(LEFT));
}

function end(work: Work): void {
  current = null;
  work.controller.abort();
  showBusy(work, false);
}

function showBusy(work: Work, isBusy: boolean): void {
  document.documentElement.toggleAttribute("data-busy", isBusy);
  if (isBusy) work.button?.setAttribute("aria-busy", "true");
  else work.button?.removeAttribute("aria-busy");
}

/** Says that the script has arrived: the text that says it is missing goes, and what needs it can be used. */
export function announceScript(): void {
  document.getElementById("firebase-login-missing")?.remove();
  for (const fields of document.querySelectorAll<HTMLFieldSetElement>("fieldset[data-until-script]")) fields.disabled = false;
  if (status.textContent) {
    status.tabIndex = -1;
    status.focus(); // a text that is there when the page opens is not spoken by itself
  }
}

/** Plays the press that came before this script. */
export function playEarlyPress(): void {
  const early = window.firebaseLogin;
  if (early === undefined) return;
  early.isReady = true;
  const button = early.press;
  early.press = null;
  button?.removeAttribute("aria-busy");
  if (button?.type === "submit") button.form?.requestSubmit(button);
  else button?.click();
}
