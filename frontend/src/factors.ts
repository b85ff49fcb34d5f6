// The second factors of somebody who has just proven who they are: what they have, one more, one less.

import type { MultiFactorInfo, MultiFactorUser, PhoneMultiFactorInfo, RecaptchaVerifier, TotpSecret, User } from "firebase/auth";
import { type Answer, askUntil, make, type Question } from "./ask";
import { explainFirebase } from "./explain";
import { codeOf, config, Message, sdk, type Sdk, t } from "./page";
import { askForNumber, makeCodeField } from "./second-factor";
import { announce } from "./security";

/** What is asked for next; returns the sentence that says it is done. */
type Step = () => Promise<string>;

const ADD: Record<string, string> = {
  totp: "factor_add_app",
  phone: "factor_add_phone",
};
const KEYS: Record<string, string> = {
  "auth/code-expired": "app_expired",
  "auth/maximum-second-factor-count-exceeded": "factor_too_many",
  "auth/operation-not-allowed": "factor_not_enabled",
  "auth/second-factor-already-in-use": "factor_in_use",
  "auth/unsupported-first-factor": "factor_unsupported",
  "auth/unverified-email": "factor_unverified",
  "auth/user-token-expired": "recent",
};

/** Shows what the user has, and changes it until they are done; the site then learns of it from a new ID token. */
export async function manageFactors(user: User): Promise<void> {
  const firebase = await sdk();
  const own = firebase.multiFactor(user);
  const before = own.enrolledFactors;
  let said: Message | undefined;
  await firebase.tellSite(user); // which takes what is announced after a recent sign-in alone
  try {
    for (;;) {
      const step = await askUntil(describe(own, said), (answer) => begin(firebase, user, answer), isMessage);
      said = await take(own, step);
    }
  } finally {
    const isChanged = own.enrolledFactors !== before; // each change makes another list
    if (firebase.auth.currentUser !== null) await (isChanged ? firebase.handOver(user) : firebase.signOut(firebase.auth));
  }
}

function describe({ enrolledFactors }: MultiFactorUser, said?: Message): Question {
  const date = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium" });
  return {
    title: t("factors_title"),
    ...(enrolledFactors.length < 2 ? { text: enrolledFactors.length ? t("factors_one") : t("factors_none") } : {}),
    said,
    rows: enrolledFactors.map((factor) => ({
      label: nameOf(factor),
      detail: t("factor_since", date.format(new Date(factor.enrollmentTime))),
      action: t("factor_remove"),
    })),
    choices: config.secondFactors.map((kind) => ({ label: t(ADD[kind]!) })),
    cancel: t("done"),
  };
}

/** Prepares what was chosen; what Firebase does not allow is told before anything is typed. */
async function begin(firebase: Sdk, user: User, { row, choice }: Answer): Promise<Step> {
  const own = firebase.multiFactor(user);
  if (row !== undefined) return () => remove(own, own.enrolledFactors[row]!);
  if (!user.emailVerified) throw new Message(t("factor_unverified"));
  if (config.secondFactors[choice!] === "phone") return () => addPhone(firebase, own);
  try {
    const secret = await firebase.TotpMultiFactorGenerator.generateSecret(await own.getSession());
    const content = await makeSecret(secret, user.email ?? "");
    return () => addApp(firebase, own, secret, content);
  } catch (error) {
    throw explain(error);
  }
}

/** Does what was chosen, and returns what is to be said of it. */
async function take(own: MultiFactorUser, step: Step): Promise<Message> {
  const before = own.enrolledFactors;
  try {
    return new Message(await step(), "info");
  } catch (error) {
    if (codeOf(error) !== "auth/user-token-expired") return explain(error);
    // Firebase signs out whoever removes the newest of several.
    throw missing(before, own.enrolledFactors).length ? new Message(t("factor_removed_over"), "info") : explain(error);
  } finally {
    if (missing(own.enrolledFactors, before).length) await announce("factor_added");
    if (missing(before, own.enrolledFactors).length) await announce("factor_removed");
  }
}

function remove(own: MultiFactorUser, factor: MultiFactorInfo): Promise<string> {
  return askUntil(
    { title: t("factor_remove_title", nameOf(factor)), text: t("factor_remove_text"), submit: t("factor_remove"), isFinal: true },
    async () => {
      await own.unenroll(factor);
      return t("factor_removed", nameOf(factor));
    },
    isOffline,
  );
}

async function addPhone(firebase: Sdk, own: MultiFactorUser): Promise<string> {
  let added = "";
  const send = async (phoneNumber: string, verifier: RecaptchaVerifier) => {
    const asked = { phoneNumber, session: await own.getSession() };
    const id = await new firebase.PhoneAuthProvider(firebase.auth).verifyPhoneNumber(asked, verifier);
    added = mask(phoneNumber);
    return (code: string) => own.enroll(firebase.PhoneMultiFactorGenerator.assertion(firebase.PhoneAuthProvider.credential(id, code)));
  };
  await askForNumber(firebase, t("factor_add_phone"), send, true);
  return t("factor_added", added);
}

function addApp(firebase: Sdk, own: MultiFactorUser, secret: TotpSecret, content: Element[]): Promise<string> {
  const name = { name: "name", label: t("app_name"), type: "text", required: true, value: t("app") };
  return askUntil(
    { title: t("factor_add_app"), text: t("app_text"), content, fields: [makeCodeField(), name], submit: t("continue"), isFinal: true },
    async ({ values }) => {
      const code = values.code!.replace(/\s/g, "");
      try {
        await own.enroll(firebase.TotpMultiFactorGenerator.assertionForEnrollment(secret, code), values.name!);
      } catch (error) {
        throw codeOf(error) === "auth/invalid-verification-code" ? new Message(t("app_code_wrong")) : error;
      }
      return t("factor_added", values.name!);
    },
    (error) => isMessage(error) || isOffline(error),
  );
}

/** Returns what an authenticator app takes: a picture to scan, a link for an app on this device, and the key to type. */
async function makeSecret(secret: TotpSecret, email: string): Promise<Element[]> {
  const { drawQrCode } = await import("./qr");
  const site = (config.siteName ?? location.hostname).replaceAll(":", ""); // a colon would end the issuer
  const address = secret.generateQrCodeUrl(encodeURIComponent(email), encodeURIComponent(site));
  const link = make("p", {});
  link.append(make("a", { href: address, textContent: t("app_open") }));
  const key = make("code", { dir: "ltr", textContent: secret.secretKey.match(/.{1,4}/g)!.join(" ") });
  return [drawQrCode(address, t("app_qr")), link, make("p", { textContent: t("app_key") }), key];
}

function explain(error: unknown): Message {
  if (error instanceof Message) return error;
  const key = KEYS[codeOf(error)];
  return new Message(key ? t(key) : explainFirebase(error));
}

function isOffline(error: unknown): boolean {
  return codeOf(error) === "auth/network-request-failed";
}

function isMessage(error: unknown): boolean {
  return error instanceof Message;
}

/** Returns those factors that are not among others. */
function missing(factors: MultiFactorInfo[], others: MultiFactorInfo[]): MultiFactorInfo[] {
  return factors.filter(({ uid }) => !others.some((other) => other.uid === uid));
}

function nameOf(factor: MultiFactorInfo): string {
  return factor.displayName || mask((factor as PhoneMultiFactorInfo).phoneNumber ?? "") || factor.factorId;
}

/** Returns a telephone number with its last four digits alone, written from left to right in every language. */
function mask(number: string): string {
  return number && `\u200e${number.replace(/\d(?=(\D*\d){4})/g, "*")}`;
}
