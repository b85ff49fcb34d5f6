// In place of a provider's popup, where the Firebase Auth emulator is in use: choose one of its people, or make one up.

import { ask, closeAsking } from "./ask";
import { config, t, Message } from "./page";

interface EmulatorPerson {
  email?: string;
  displayName?: string;
  providerUserInfo?: { providerId: string; rawId: string; email?: string; displayName?: string }[];
}

interface Identity {
  sub: string;
  email: string;
  email_verified: boolean;
  name: string;
}

/** Returns somebody whom the person at the keyboard chose to be, as the emulator takes them in place of a provider's ID token. */
export async function chooseIdentity(providerId: string): Promise<string> {
  return JSON.stringify(await askForIdentity(providerId, await listPeople(providerId)));
}

async function listPeople(providerId: string): Promise<Identity[]> {
  const url = `${config.emulator}/identitytoolkit.googleapis.com/v1/projects/${config.firebase.projectId}/accounts:query`;
  const headers = { "Content-Type": "application/json", Authorization: "Bearer owner" };
  const response = await fetch(url, { method: "POST", headers, body: "{}" });
  const { userInfo = [] } = (await response.json()) as { userInfo?: EmulatorPerson[] };
  return userInfo.flatMap((person) =>
    (person.providerUserInfo ?? [])
      .filter((info) => info.providerId === providerId)
      .map((info) => ({
        sub: info.rawId,
        email: info.email ?? person.email ?? "",
        email_verified: true,
        name: info.displayName ?? person.displayName ?? "",
      })),
  );
}

async function askForIdentity(providerId: string, people: Identity[]): Promise<Identity> {
  const chosen = await ask({
    title: t("emulator_title", config.names[providerId] ?? providerId),
    choices: people.map((person) => ({ label: person.name ? `${person.name} · ${person.email}` : person.email })),
    fields: [
      { name: "email", label: t("email"), type: "email", required: true },
      { name: "name", label: t("name"), type: "text", required: false },
    ],
    checkbox: { name: "verified", label: t("emulator_verified"), checked: true },
    submit: t("emulator_new"),
  });
  closeAsking();
  if (chosen === null) throw new Message("");
  if (chosen.choice !== undefined) return people[chosen.choice]!;
  const { email = "", name = "" } = chosen.values;
  return { sub: `emulator-${email}`, email, email_verified: chosen.checked, name };
}
