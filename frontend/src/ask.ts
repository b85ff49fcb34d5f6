// A dialog of the page's own: asks for a choice or a few fields. The browser's <dialog> keeps the focus and closes at Escape.

import { t } from "./page";

export interface Question {
  title: string;
  text?: string;
  choices?: { label: string }[];
  fields?: { name: string; label: string; type: string; required: boolean; autocomplete?: string }[];
  checkbox?: { name: string; label: string; checked: boolean };
  submit: string;
}

export interface Answer {
  choice?: number;
  values: Record<string, string>;
  checked: boolean;
}

let dialog: HTMLDialogElement | undefined;

/** Asks, and returns the answer; null where the person gave up. The dialog stays until `closeAsking`, or the next question. */
export function ask(question: Question): Promise<Answer | null> {
  closeAsking();
  const asked = (dialog = document.createElement("dialog"));
  asked.className = "firebase-login-dialog";
  asked.setAttribute("aria-labelledby", "firebase-login-question");
  const form = make("form", { method: "dialog", noValidate: false });
  form.append(make("h2", { id: "firebase-login-question", textContent: question.title }));
  if (question.text) form.append(make("p", { textContent: question.text }));
  return new Promise((resolve) => {
    const answer = (choice?: number) =>
      resolve({ ...(choice === undefined ? {} : { choice }), values: valuesOf(form), checked: checkbox?.checked ?? false });
    question.choices?.forEach((choice, index) => {
      const button = make("button", { type: "button", className: "fl-choice", textContent: choice.label });
      button.addEventListener("click", () => answer(index));
      form.append(button);
    });
    for (const field of question.fields ?? []) {
      const label = make("label", { textContent: field.label });
      const input = make("input", { name: field.name, type: field.type, required: field.required });
      input.setAttribute("autocomplete", field.autocomplete ?? "off");
      label.append(input);
      form.append(label);
    }
    let checkbox: HTMLInputElement | undefined;
    if (question.checkbox) {
      const label = make("label", { className: "fl-check" });
      checkbox = make("input", { type: "checkbox", name: question.checkbox.name, checked: question.checkbox.checked });
      label.append(checkbox, question.checkbox.label);
      form.append(label);
    }
    const cancel = make("button", { type: "button", className: "fl-quiet", textContent: t("cancel") });
    cancel.addEventListener("click", () => asked.close());
    form.append(make("button", { type: "submit", className: "fl-main", textContent: question.submit }), cancel);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer();
    });
    asked.addEventListener("close", () => resolve(null));
    asked.append(form);
    document.body.append(asked);
    asked.showModal();
  });
}

/** Takes the dialog away. */
export function closeAsking(): void {
  dialog?.remove();
  dialog = undefined;
}

function valuesOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
}

function make<K extends keyof HTMLElementTagNameMap>(tag: K, members: Partial<HTMLElementTagNameMap[K]>): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(tag), members);
}
