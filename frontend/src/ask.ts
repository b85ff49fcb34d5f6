// A dialog of the page's own: asks for a choice or a few fields. The browser's <dialog> keeps the focus and closes at Escape.

import { explainFirebase } from "./explain";
import { LEFT, Message, t } from "./page";

export interface Field {
  name: string;
  label: string;
  type: string;
  required: boolean;
  autocomplete?: string;
  inputMode?: string;
  value?: string;
  isHidden?: boolean;
}

/** One of a list, and what can be done with it. */
export interface Row {
  label: string;
  detail: string;
  action: string;
}

export interface Question {
  title: string;
  text?: string;
  /** What came of the answer before: it was wrong, or what it asked for is done. */
  said?: Message | undefined;
  rows?: Row[];
  choices?: { label: string }[];
  /** What is to be seen above the fields. */
  content?: Element[];
  fields?: Field[];
  checkbox?: { name: string; label: string; checked: boolean };
  submit?: string;
  cancel?: string;
  more?: string;
  /** Whether what is done with the answer cannot be taken back: it is not cancelled once it has begun. */
  isFinal?: boolean;
}

export interface Answer {
  row?: number;
  choice?: number;
  isMore: boolean;
  values: Record<string, string>;
  checked: boolean;
}

let dialog: HTMLDialogElement | undefined;
const waiting = new Set<(reason: unknown) => void>();

/** Asks, and returns the answer; null where the person gave up. The dialog stays until `closeAsking`, or the next question. */
export function ask(question: Question): Promise<Answer | null> {
  closeAsking();
  let isAnswered = false;
  const asked = (dialog = document.createElement("dialog"));
  asked.className = "firebase-login-dialog";
  asked.setAttribute("aria-labelledby", "firebase-login-question");
  const form = make("form", { method: "dialog", noValidate: false });
  form.append(make("h2", { id: "firebase-login-question", textContent: question.title }));
  if (question.text) form.append(make("p", { textContent: question.text }));
  const problem = make("p", { className: "fl-problem", role: "alert" });
  form.append(problem);
  return new Promise((resolve) => {
    const answer = (chosen: Partial<Answer> = {}) => {
      isAnswered = true;
      for (const button of form.querySelectorAll("button")) button.disabled = question.isFinal || !button.dataset.cancels;
      resolve({ isMore: false, ...chosen, values: valuesOf(form), checked: checkbox?.checked ?? false });
    };
    if (question.rows?.length) form.append(makeList(question.rows, (row) => answer({ row })));
    question.choices?.forEach(({ label }, choice) => form.append(makeButton("fl-choice", label, () => answer({ choice }))));
    form.append(...(question.content ?? []));
    for (const field of question.fields ?? []) form.append(makeField(field));
    let checkbox: HTMLInputElement | undefined;
    if (question.checkbox) {
      const label = make("label", { className: "fl-check" });
      checkbox = make("input", { type: "checkbox", name: question.checkbox.name, checked: question.checkbox.checked });
      label.append(checkbox, question.checkbox.label);
      form.append(label);
    }
    const submit = question.submit === undefined ? null : make("button", { type: "submit", className: "fl-main", textContent: question.submit });
    const cancel = makeButton("fl-quiet", question.cancel ?? t("cancel"), () => asked.close());
    cancel.dataset.cancels = "yes";
    form.append(...(submit ? [submit] : []), cancel);
    if (question.more) form.append(makeButton("fl-link", question.more, () => answer({ isMore: true })));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit?.setAttribute("aria-busy", "true");
      answer();
    });
    asked.addEventListener("cancel", (event) => {
      if (isAnswered && question.isFinal) event.preventDefault();
    });
    asked.addEventListener("close", () => {
      resolve(null);
      if (dialog !== asked) return;
      closeAsking();
      if (!question.isFinal) for (const reject of waiting) reject(new Message(""));
    });
    asked.append(form);
    document.body.append(asked);
    asked.showModal();
    findFirst(form, question)?.focus();
    if (!question.said) return;
    problem.dataset.category = question.said.category;
    problem.textContent = question.said.message; // filled when it is shown, so that it is spoken
  });
}

/**
 * Asks until an attempt with the answer succeeds: the dialog stays, with what was typed, and says what was wrong with it. Who cancels it while
 * their answer is under way has not answered, and who closes a provider's window may answer anew.
 *
 * @param question What is asked.
 * @param attempt What is done with the answer.
 * @param mayAskAgain Whether what was thrown can be mended by another answer.
 */
export async function askUntil<T>(
  question: Question,
  attempt: (answer: Answer) => Promise<T>,
  mayAskAgain: (error: unknown) => boolean,
): Promise<T> {
  let { said } = question;
  for (;;) {
    const answer = await ask({ ...question, said });
    if (answer === null) throw new Message("");
    try {
      const result = await orGivenUp(attempt(answer));
      closeAsking();
      return result;
    } catch (thrown) {
      if (!mayAskAgain(thrown)) {
        closeAsking();
        throw thrown;
      }
      said = thrown instanceof Message ? thrown : new Message(explainFirebase(thrown));
      for (const field of question.fields ?? []) if (field.type !== "password") field.value = answer.values[field.name] ?? "";
    }
  }
}

/** Waits no longer once the dialog is cancelled, or the window that was opened for it. */
async function orGivenUp<T>(attempt: Promise<T>): Promise<T> {
  let giveUp: (reason: unknown) => void = () => undefined;
  const leave = () => giveUp({ code: "auth/popup-closed-by-user" });
  const givenUp = new Promise<never>((_, reject) => waiting.add((giveUp = reject)));
  addEventListener(LEFT, leave);
  try {
    return await Promise.race([attempt, givenUp]);
  } finally {
    waiting.delete(giveUp);
    removeEventListener(LEFT, leave);
  }
}

/** Takes the dialog away, and puts the focus back where it was. */
export function closeAsking(): void {
  const closing = dialog;
  dialog = undefined;
  closing?.close();
  closing?.remove();
}

/** Returns what has the focus at first: nothing that removes something, and no field before what is above it was seen; null leaves it to the browser. */
function findFirst(form: HTMLFormElement, { rows, choices, content, fields, said }: Question): HTMLElement | null {
  if (rows) return form.querySelector(".fl-choice");
  const inputs = [...form.querySelectorAll<HTMLInputElement>("input:not([hidden], [type=checkbox])")];
  const isWanted = fields?.length && (!choices?.length || said?.message) && (!content || said);
  return (isWanted && (inputs.find(({ value }) => !value) ?? inputs[0])) || null;
}

function makeList(rows: Row[], answer: (row: number) => void): HTMLElement {
  const list = make("ul", { className: "fl-list" });
  rows.forEach(({ label, detail, action }, index) => {
    const item = make("li", {});
    const name = make("span", { className: "fl-grow", textContent: label });
    name.append(make("small", { textContent: detail }));
    const button = makeButton("fl-quiet", action, () => answer(index));
    button.append(make("span", { className: "fl-unseen", textContent: ` ${label}` }));
    item.append(name, button);
    list.append(item);
  });
  return list;
}

function makeButton(className: string, textContent: string, press: () => void): HTMLButtonElement {
  const button = make("button", { type: "button", className, textContent });
  button.addEventListener("click", press);
  return button;
}

function makeField(field: Field): HTMLElement {
  const input = make("input", { name: field.name, type: field.type, required: field.required, value: field.value ?? "" });
  input.setAttribute("autocomplete", field.autocomplete ?? "off");
  if (field.isHidden) {
    input.hidden = true;
    return input;
  }
  if (field.inputMode) input.inputMode = field.inputMode;
  const label = make("label", { textContent: field.label });
  label.append(input);
  return label;
}

/** What was typed, without the spaces around it, which only a password may have. */
function valuesOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...form.querySelectorAll("input")].map(({ name, type, value }) => [name, type === "password" ? value : value.trim()]));
}

/** Returns a new element. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, members: Partial<HTMLElementTagNameMap[K]>): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(tag), members);
}
