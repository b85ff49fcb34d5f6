// The Firebase SDK, the needed parts of it, and nothing kept in the browser: the site's own session is the only one.

import { initializeApp } from "firebase/app";
import {
  type Auth,
  type AuthProvider,
  browserPopupRedirectResolver,
  connectAuthEmulator,
  FacebookAuthProvider,
  getRedirectResult,
  GithubAuthProvider,
  GoogleAuthProvider,
  indexedDBLocalPersistence,
  initializeAuth,
  inMemoryPersistence,
  linkWithCredential,
  linkWithPopup,
  OAuthProvider,
  signInWithCredential,
  signInWithPopup,
  signInWithRedirect,
  signOut,
  TwitterAuthProvider,
  type User,
  type UserCredential,
} from "firebase/auth";

import { config, letBeLeft, Message, showAsLeft, t } from "./page";

export {
  applyActionCode,
  checkActionCode,
  confirmPasswordReset,
  createUserWithEmailAndPassword,
  getMultiFactorResolver,
  isSignInWithEmailLink,
  linkWithCredential,
  multiFactor,
  OAuthProvider,
  PhoneAuthProvider,
  PhoneMultiFactorGenerator,
  RecaptchaVerifier,
  sendEmailVerification,
  sendPasswordResetEmail,
  sendSignInLinkToEmail,
  signInAnonymously,
  signInWithCredential,
  signInWithEmailAndPassword,
  signInWithEmailLink,
  signInWithPhoneNumber,
  signOut,
  TotpMultiFactorGenerator,
  unlink,
  updatePassword,
  updatePhoneNumber,
  updateProfile,
  verifyBeforeUpdateEmail,
} from "firebase/auth";
export type { MultiFactorError, MultiFactorInfo, MultiFactorResolver, UserCredential } from "firebase/auth";

type AppCheck = typeof import("./app-check");

const REDIRECTING = "firebase-login-redirecting";
const POPUP_LOOK_MS = 250;
const POPUP_LOOKS_AFTER = 4;

/** Where the site asks for App Check, the script for it. Where that cannot be loaded, the site decides. */
const appCheck: AppCheck | undefined = config.appCheck && (await import(config.appCheck).catch(() => {}));
let anonymous: Auth | undefined;
let popup: Window | null = null;
let isNoting = false;

export const auth = makeAuth();

/**
 * Nobody can sign in as an anonymous person again, so theirs is the one Firebase session that is kept, apart from all others, until
 * they connect a provider.
 */
export function makeAnonymousAuth(): Auth {
  return (anonymous ??= prepare(
    initializeAuth(initializeApp(config.firebase, "anonymous"), { persistence: indexedDBLocalPersistence }),
  ));
}

function makeAuth(): Auth {
  const app = initializeApp(config.firebase);
  // On iPhones the resolver loads Google's script ahead of any popup: with the emulator, which has no popups, it must not be there.
  const resolver = config.emulator ? {} : { popupRedirectResolver: browserPopupRedirectResolver };
  return prepare(initializeAuth(app, { persistence: inMemoryPersistence, ...resolver }));
}

function prepare(made: Auth): Auth {
  appCheck?.start(made.app);
  made.languageCode = document.documentElement.lang;
  made.tenantId = config.tenantId;
  if (config.emulator) {
    connectAuthEmulator(made, config.emulator, { disableWarnings: true });
    made.settings.appVerificationDisabledForTesting = true;
  }
  return made;
}

/** Returns the SDK's object for a provider id. */
export function providerFor(id: string): AuthProvider {
  switch (id) {
    case "google.com":
      return new GoogleAuthProvider();
    case "facebook.com":
      return new FacebookAuthProvider();
    case "github.com":
      return new GithubAuthProvider();
    case "twitter.com":
      return new TwitterAuthProvider();
    case "apple.com": {
      const apple = new OAuthProvider(id);
      apple.addScope("email");
      apple.addScope("name");
      return apple;
    }
    default:
      return new OAuthProvider(id);
  }
}

/** Signs in at a provider: a popup, or a redirect on phones and where popups are blocked. Never returns from a redirect. */
export async function signInAt(id: string): Promise<UserCredential> {
  if (config.emulator) return signInWithCredential(auth, await chooseAtEmulator(id));
  if (!matchMedia("(pointer: coarse) and (max-width: 600px)").matches) {
    try {
      return await withPopup(() => signInWithPopup(auth, providerFor(id)));
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code !== "auth/popup-blocked" && code !== "auth/operation-not-supported-in-this-environment") throw error;
    }
  }
  sessionStorage.setItem(REDIRECTING, id);
  return signInWithRedirect(auth, providerFor(id));
}

/** Connects a provider to somebody's account, in a popup. */
export async function connectAt(user: User, id: string): Promise<UserCredential> {
  if (config.emulator) return linkWithCredential(user, await chooseAtEmulator(id));
  return withPopup(() => linkWithPopup(user, providerFor(id), browserPopupRedirectResolver));
}

async function chooseAtEmulator(id: string) {
  const { chooseIdentity } = await import("./emulator");
  return new OAuthProvider(id).credential({ idToken: await chooseIdentity(id) });
}

/**
 * Opens a popup, and lets the page be used again once it is closed: the SDK itself notices that after ten seconds. What comes of the popup all the
 * same, because its answer was under way, counts, unless another press has come in between.
 */
async function withPopup(attempt: () => Promise<UserCredential>): Promise<UserCredential> {
  let closedFor = 0;
  popup = null;
  noteWindows();
  const watch = setInterval(() => {
    if (popup?.closed && (closedFor += 1) === POPUP_LOOKS_AFTER) showAsLeft();
  }, POPUP_LOOK_MS);
  letBeLeft();
  try {
    return await attempt();
  } finally {
    clearInterval(watch);
  }
}

/** Notes the window that is opened next; once for all attempts, since one that takes another's place begins before that has ended. */
function noteWindows(): void {
  if (isNoting) return;
  isNoting = true;
  const open = window.open;
  window.open = (...asked) => (popup = open.apply(window, asked));
}

/** Returns who comes back from a provider's page; null where nobody does. */
export async function comeBack(): Promise<UserCredential | null> {
  if (sessionStorage.getItem(REDIRECTING) === null) return null;
  sessionStorage.removeItem(REDIRECTING);
  const result = await getRedirectResult(auth);
  if (result === null) throw new Message(t("redirect_lost"));
  return result;
}

/** What the site answers to a sign-in. */
interface SiteAnswer {
  next?: string;
  code?: string;
  detail?: string;
}

/** Gives the ID token to the site, once, and drops the Firebase session, but for an anonymous one. Returns where to go. */
export async function handOver(user: User): Promise<string> {
  const next = await tellSite(user);
  if (!user.isAnonymous) await Promise.all([auth, anonymous].map((one) => one && signOut(one)));
  return next;
}

/** Gives the ID token to the site, for which the user's sign-in is then a recent one. Returns where to go. */
export async function tellSite(user: User): Promise<string> {
  let answer = await post(await user.getIdToken());
  if (answer.code === "id_token_expired") answer = await post(await user.getIdToken(true));
  if (answer.next === undefined) throw new Message(explainSite(answer));
  return answer.next;
}

async function post(idToken: string): Promise<SiteAnswer> {
  const headers = { "Content-Type": "application/jwt", Accept: "application/json", ...(await appCheck?.headers()) };
  const response = await fetch(config.signIn, { method: "POST", headers, body: idToken, credentials: "same-origin" });
  try {
    return await response.json();
  } catch {
    return {}; // a page of a proxy's: the site is not there
  }
}

const SITE_KEYS: Record<string, string> = {
  account_disabled: "disabled",
  id_token_not_yet_valid: "wrong_clock",
  keys_unavailable: "site_busy",
  database_unavailable: "site_busy",
  internal_error: "site_busy",
  rate_limited: "too_many",
  user_changed: "mismatch",
};

/** The code itself is a text's key for App Check, whose texts the server gives only where the site asks for it. */
function explainSite(answer: SiteAnswer): string {
  const code = answer.code ?? "";
  return config.texts[SITE_KEYS[code] ?? code] ?? answer.detail ?? t("site_busy");
}
