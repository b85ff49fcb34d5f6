// The second factors of somebody who has just proven who they are: what they have, one more, one less.

import type { User } from "firebase/auth";

export async function manageFactors(_user: User): Promise<void> {
  throw new Error("not built yet");
}
