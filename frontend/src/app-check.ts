// App Check, for sites that ask for it: it attests to Firebase and to the site that this is the site's own page, by reCAPTCHA. A bundle of its own,
// with its own copy of what it needs of the SDK, so that pages without it are not a byte larger.

import type { FirebaseApp } from "firebase/app";
// @ts-expect-error: how the SDK's own parts find each other, which its public types leave out; the version is pinned, and a test would notice
import { _addComponent, _components } from "firebase/app";
import { type AppCheckToken, getToken, initializeAppCheck, ReCaptchaEnterpriseProvider, ReCaptchaV3Provider } from "firebase/app-check";

export interface AppCheckConfig {
  script: string;
  siteKey: string;
  isEnterprise: boolean;
}

/** The headers that a call to the site is sent with; none where there is no token, so that the site decides. */
export type AppCheckHeaders = () => Promise<Record<string, string>>;

/** What the SDK asks of each provider, which its public types leave out for its own. */
interface Provider {
  getToken(): Promise<AppCheckToken>;
}

const PATIENCE_MS = 10_000;

/** Lets an app's calls to Firebase carry App Check tokens, and returns what gives those for calls to the site. */
export function start(app: FirebaseApp, { siteKey, isEnterprise }: AppCheckConfig): AppCheckHeaders {
  for (const [name, component] of _components) if (name.startsWith("app-check")) _addComponent(app, component);
  const provider = isEnterprise ? new ReCaptchaEnterpriseProvider(siteKey) : new ReCaptchaV3Provider(siteKey);
  boundWaiting(provider as unknown as Provider);
  const appCheck = initializeAppCheck(app, { provider, isTokenAutoRefreshEnabled: false });
  const headers: AppCheckHeaders = async () => {
    try {
      return { "X-Firebase-AppCheck": (await getToken(appCheck)).token };
    } catch {
      return {};
    }
  };
  void headers(); // at once: a popup that waits for a token is one that browsers block
  return headers;
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
