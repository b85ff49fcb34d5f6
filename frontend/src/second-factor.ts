// Where Firebase asks for a second factor: an authenticator app's code, or one that comes by SMS.

import { ask, closeAsking } from "./ask";
import {
  auth,
  getMultiFactorResolver,
  type MultiFactorError,
  type MultiFactorInfo,
  type MultiFactorResolver,
  PhoneAuthProvider,
  PhoneMultiFactorGenerator,
  RecaptchaVerifier,
  signInWithPhoneNumber,
  TotpMultiFactorGenerator,
  type UserCredential,
} from "./firebase";
import { t, Message } from "./page";

/** Completes a sign-in that Firebase interrupted with `auth/multi-factor-auth-required`. */
export async function resolveSecondFactor(error: MultiFactorError): Promise<UserCredential> {
  const resolver = getMultiFactorResolver(auth, error);
  const hint = await chooseFactor(resolver);
  if (hint.factorId === TotpMultiFactorGenerator.FACTOR_ID) {
    const code = await askForCode(t("totp_text"));
    return resolver.resolveSignIn(TotpMultiFactorGenerator.assertionForSignIn(hint.uid, code));
  }
  const verifier = makeVerifier();
  const id = await new PhoneAuthProvider(auth).verifyPhoneNumber({ multiFactorHint: hint, session: resolver.session }, verifier);
  const code = await askForCode(t("sms_text"));
  return resolver.resolveSignIn(PhoneMultiFactorGenerator.assertion(PhoneAuthProvider.credential(id, code)));
}

/** Signs in by telephone: a number, then the code that comes by SMS. */
export async function signInByPhone(): Promise<UserCredential> {
  const asked = await ask({
    title: t("phone_title"),
    fields: [{ name: "number", label: t("phone_number"), type: "tel", required: true, autocomplete: "tel" }],
    submit: t("send_code"),
  });
  closeAsking();
  if (asked === null) throw new Message("");
  const confirmation = await signInWithPhoneNumber(auth, asked.values.number!.replace(/[\s()/-]/g, ""), makeVerifier());
  return confirmation.confirm(await askForCode(t("sms_text")));
}

async function chooseFactor(resolver: MultiFactorResolver): Promise<MultiFactorInfo> {
  const [only, ...others] = resolver.hints;
  if (others.length === 0) return only!;
  const asked = await ask({
    title: t("factor_title"),
    choices: resolver.hints.map((hint) => ({ label: hint.displayName ?? hint.factorId })),
    submit: t("continue"),
  });
  closeAsking();
  if (asked === null) throw new Message("");
  return resolver.hints[asked.choice ?? 0]!;
}

async function askForCode(text: string): Promise<string> {
  const asked = await ask({
    title: t("code_title"),
    text,
    fields: [{ name: "code", label: t("code"), type: "text", required: true, autocomplete: "one-time-code" }],
    submit: t("continue"),
  });
  closeAsking();
  if (asked === null) throw new Message("");
  return asked.values.code!;
}

function makeVerifier(): RecaptchaVerifier {
  const place = document.createElement("div");
  document.body.append(place);
  return new RecaptchaVerifier(auth, place, { size: "invisible" });
}
