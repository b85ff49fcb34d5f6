// The plain sign-in page: e-mail and password at Firebase, then the ID token to this site. No SDK, no storage.
const form = document.getElementById("sign-in");
const problem = form.querySelector(".problem");
const { toolkit, apiKey, signIn } = form.dataset;

const SENTENCES = {
  EMAIL_EXISTS: "There is an account with this e-mail address already. Sign in instead.",
  EMAIL_NOT_FOUND: "The e-mail address or the password is not right.",
  INVALID_PASSWORD: "The e-mail address or the password is not right.",
  INVALID_LOGIN_CREDENTIALS: "The e-mail address or the password is not right.",
  TOO_MANY_ATTEMPTS_TRY_LATER: "Too many attempts. Wait a few minutes, then try again.",
  USER_DISABLED: "This account is disabled. Ask the people who run this site.",
  WEAK_PASSWORD: "The password is too weak. Take at least 6 characters.",
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const buttons = form.querySelectorAll("button");
  buttons.forEach((button) => { button.disabled = true; });
  problem.textContent = "";
  try {
    location.assign(await signInBy(event.submitter.value));
  } catch (error) {
    problem.textContent = error instanceof TypeError ? "There is no connection. Try again." : error.message;
    buttons.forEach((button) => { button.disabled = false; });
  }
});

async function signInBy(way) {
  const { email, password } = Object.fromEntries(new FormData(form));
  const answer = await post(`${toolkit}/v1/accounts:${way}?key=${encodeURIComponent(apiKey)}`, "application/json",
    JSON.stringify({ email, password, returnSecureToken: true }));
  if (answer.error) {
    const code = answer.error.message.split(" ")[0];
    throw new Error(SENTENCES[code] ?? `Firebase refused this: ${code}.`);
  }
  const signedIn = await post(signIn, "application/jwt", answer.idToken);
  if (!signedIn.next) throw new Error(signedIn.detail);
  return signedIn.next;
}

async function post(url, contentType, body) {
  const response = await fetch(url, { method: "POST", headers: { "Content-Type": contentType, Accept: "application/json" }, body });
  return response.json();
}
