/** What can be done with the messages of a conversation. */

import { confirm } from "../dialogs.js";
import { t } from "../i18n.js";
import { promptSentences } from "../prompt/sentences.js";
import { openReport } from "../report-dialog.js";
import { copyText } from "./copy-text.js";
import { echoOf } from "./echo.js";
import { askPersona } from "./persona-dialog.js";
import { openScene } from "./scene-dialog.js";

/** @import { MessageOut, ServiceStatus } from "../types.js" */
/** @import { ChatView } from "./chat-view.js" */
/** @import { Acts } from "./message.js" */

/** @param {ChatView} view @param {ServiceStatus} service @returns {Acts} */
export function actsOf(view, service) {
  const { store, character, signal } = view;
  return {
    regenerate: (message) => store.regenerate(message),
    resume: (message) => store.resume(message),
    activate: (id, act) => view.activate(id, act),
    save: (message, content) => store.save(message, content),
    discard: (message) => discard(view, message),
    examples: (message) => view.panel.show(message),
    aloud: (button, text) => view.aloud.attach(button, text),
    copy: ({ content }) => copyText(content),
    rating: service.ratings ? { path: `${store.path}/messages`, asking: { isOver: false }, failed: (error) => view.complain(error) } : null,
    report: ({ id }) => openReport({ title: t("reporting.reply_title"), text: t("reporting.reply_text"), subject: { conversation: store.state.id, message: id } }),
    prompt: promptAct(view, service),
    echo: async (message) => echoOf(message, await view.ownNames(message)),
    openEcho: async (echo, message) => openScene(echo, { slug: message.stage?.speaker?.slug ?? character.slug, own: await view.ownNames(message), mayRead: service.may_upload, signal }),
  };
}

/** Shows the exact prompt of a reply; null for those who are no operators. @param {ChatView} view @param {ServiceStatus} service @returns {Acts["prompt"]} */
export function promptAct(view, service) {
  if (service.admin_required && !service.signed_in) return null;
  return async (message) => {
    const [{ openPrompt }] = await Promise.all([import("../prompt/prompt-view.js"), promptSentences()]);
    await openPrompt(message, await view.ownNames(message), view.signal);
  };
}

/** @param {ChatView} view @param {MessageOut} message */
async function discard({ store, composer }, message) {
  const sure = await confirm({
    title: t("chat.delete_title"), body: t("chat.delete_text", { n: store.countAfter(message) }), action: t("chat.delete"), danger: true,
  });
  if (sure) await store.discard(message);
  composer.focus();
}

/** Asks a person for their name and a few words about themselves. @param {ChatView} view */
export async function introduce({ store, complain }) {
  try {
    const fresh = await askPersona({ path: store.path, state: store.state });
    if (fresh) store.takePersona(fresh);
  } catch (error) {
    complain(error);
  }
}

/** Prints the whole conversation, or saves it as PDF: the browser's dialog offers both. @param {ChatView} view */
export async function printAll(view) {
  while (view.store.state.earlier && (await view.store.loadEarlier()) !== null);
  view.draw();
  window.print();
}
