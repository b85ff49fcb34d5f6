// App Check, for sites that ask for it: it attests to Firebase and to the site that this is the site's own page, by reCAPTCHA. A bundle of its own,
// with its own copy of what it needs of the SDK, so that pages without it are not a byte larger.

import type { FirebaseApp } from "firebase/app";
// @ts-expect-error: how the SDK's own parts find each other, which its public types leave out; the version is pinned, and a test would notice
import { _addComponent, _components } from "firebase/app";
import { type AppCheck, type AppCheckToken, getToken, initializeAppCheck, ReCaptchaEnterpriseProvider, ReCaptchaV3Provider } from "firebase/app-check";

/** What the SDK asks of each provider, which its public types leave out for its own. */
interface Provider {
  getToken(): Promise<AppCheckToken>;
}

const PATIENCE_MS = 10_000;

/** What the server told the page of it; `page.ts` is another bundle's. */
const { recaptcha }: { recaptcha: { siteKey: string; isEnterprise: boolean } } = JSON.parse(
  document.getElementById("firebase-login-config")!.textContent!,
);
let latest: AppCheck;

/** Lets an app's calls to Firebase carry App Check tokens, and asks for the first one at once: a popup that waits for it is one that browsers block. */
export function start(app: FirebaseApp): void {
  for (const [name, component] of _components) if (name.startsWith("app-check")) _addComponent(app, component);
  const Recaptcha = recaptcha.isEnterprise ? ReCaptchaEnterpriseProvider : ReCaptchaV3Provider;
  const provider = new Recaptcha(recaptcha.siteKey);
  boundWaiting(provider as unknown as Provider);
  latest = initializeAppCheck(app, { provider, isTokenAutoRefreshEnabled: false });
  void headers();
}

/** Returns the headers that a call to the site is sent with; none where there is no token, so that the site decides. */
export async function headers(): Promise<Record<string, string>> {
  try {
    return { "X-Firebase-AppCheck": (await getToken(latest)).token };
  } catch {
    return {};
  }
}

/**
 * Where reCAPTCHA is blocked, the SDK would wait for it for ever, and with it each call to Firebase. Nobody waits once its script has failed, or ten
 * seconds have passed without a first token; should one come after all, it counts.
 */
function boundWaiting(provider: Provider): void {
  const getToken = provider.getToken.bind(provider);
  let impatience = new Promise<never>((_, giveUp) => {
    setTimeout(giveUp, PATIENCE_MS, new Error("reCAPTCHA does not answer."));
    const isFailed = ({ target }: Event) => target instanceof HTMLScriptElement && target.src.includes("/recaptcha/");
    addEventListener("error", (event) => isFailed(event) && giveUp(new Error("reCAPTCHA cannot be loaded.")), true);
  });
  impatience.catch(() => undefined);
  provider.getToken = () => {
    const token = getToken();
    token.then(
      () => (impatience = new Promise(() => undefined)),
      () => undefined,
    );
    return Promise.race([token, impatience]);
  };
}
