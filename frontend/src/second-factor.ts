// Where Firebase asks for a second factor: an authenticator app's code, or one that comes by SMS.

import type { MultiFactorError, MultiFactorInfo, MultiFactorResolver, PhoneMultiFactorInfo, RecaptchaVerifier, UserCredential } from "firebase/auth";
import { ask, askUntil, closeAsking, type Field } from "./ask";
import { codeOf, Message, type Sdk, t } from "./page";

/** What another number or code may mend, or the same a moment later: what was typed stays. */
const PASSING = /^auth\/(invalid-phone-number|(invalid|missing)-(verification-)?code|code-expired|network-request-failed|too-many-requests)$/;
const mayTryAgain = (error: unknown) => PASSING.test(codeOf(error));

/** Completes a sign-in that Firebase interrupted with `auth/multi-factor-auth-required`. */
export async function resolveSecondFactor(firebase: Sdk, error: MultiFactorError): Promise<UserCredential> {
  const resolver = firebase.getMultiFactorResolver(firebase.auth, error);
  const hint = await chooseFactor(resolver);
  if (hint.factorId === firebase.TotpMultiFactorGenerator.FACTOR_ID) {
    return withCode(t("totp_text"), (code) =>
      resolver.resolveSignIn(firebase.TotpMultiFactorGenerator.assertionForSignIn(hint.uid, code)),
    );
  }
  const send = () =>
    new firebase.PhoneAuthProvider(firebase.auth).verifyPhoneNumber(
      { multiFactorHint: hint, session: resolver.session },
      makeVerifier(firebase),
    );
  let id = await send();
  return withCode(
    t("sms_text", (hint as PhoneMultiFactorInfo).phoneNumber ?? ""),
    (code) => resolver.resolveSignIn(firebase.PhoneMultiFactorGenerator.assertion(firebase.PhoneAuthProvider.credential(id, code))),
    async () => {
      id = await send();
    },
  );
}

/** Signs in by telephone: a number, then the code that comes by SMS. */
export async function signInByPhone(firebase: Sdk, title = t("phone_title")): Promise<UserCredential> {
  return askForNumber(firebase, title, async (number, verifier) => {
    const confirmation = await firebase.signInWithPhoneNumber(firebase.auth, number, verifier);
    return (code) => confirmation.confirm(code);
  });
}

/** Asks for a number, sends a code there, and asks for the code. */
export async function askForNumber<T>(
  firebase: Sdk,
  title: string,
  send: (number: string, verifier: RecaptchaVerifier) => Promise<(code: string) => Promise<T>>,
  isFinal = false,
): Promise<T> {
  let number = "";
  let confirm = await askUntil(
    {
      title,
      fields: [{ name: "number", label: t("phone_number"), type: "tel", required: true, autocomplete: "tel" }],
      submit: t("send_code"),
    },
    ({ values }) => {
      number = values.number!.replace(/[\s()/-]/g, "");
      return send(number, makeVerifier(firebase));
    },
    mayTryAgain,
  );
  return withCode(
    t("sms_text", number),
    (code) => confirm(code),
    async () => {
      confirm = await send(number, makeVerifier(firebase));
    },
    isFinal,
  );
}

async function chooseFactor(resolver: MultiFactorResolver): Promise<MultiFactorInfo> {
  const [only, ...others] = resolver.hints;
  if (others.length === 0) return only!;
  const asked = await ask({
    title: t("factor_title"),
    choices: resolver.hints.map((hint) => ({ label: hint.displayName ?? (hint as PhoneMultiFactorInfo).phoneNumber ?? hint.factorId })),
  });
  closeAsking();
  if (asked === null) throw new Message("");
  return resolver.hints[asked.choice ?? 0]!;
}

/** Returns the field for a code. */
export function makeCodeField(): Field {
  return { name: "code", label: t("code"), type: "text", required: true, autocomplete: "one-time-code", inputMode: "numeric" };
}

/** Asks for a code until it is right; one that comes by SMS can be sent again. */
async function withCode<T>(
  text: string,
  attempt: (code: string) => Promise<T>,
  again?: () => Promise<void>,
  isFinal = false,
): Promise<T> {
  const sent = new Message(t("code_sent_again"), "info");
  return askUntil(
    { title: t("code_title"), text, fields: [makeCodeField()], submit: t("continue"), isFinal, ...(again ? { more: t("send_again") } : {}) },
    async ({ isMore, values }) => {
      if (!isMore || again === undefined) return attempt(values.code!.replace(/\s/g, ""));
      await again();
      throw sent;
    },
    (error) => error === sent || mayTryAgain(error),
  );
}

function makeVerifier(firebase: Sdk): RecaptchaVerifier {
  const place = document.createElement("div");
  document.body.append(place);
  return new firebase.RecaptchaVerifier(firebase.auth, place, { size: "invisible" });
}
