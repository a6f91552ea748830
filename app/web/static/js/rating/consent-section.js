/** On the page of one's data: whether what one says about replies may be learnt from. */

import { get, put } from "../api.js";
import { confirm } from "../dialogs.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { ratingSentences } from "./sentences.js";

/** @import { LearningOut } from "../types.js" */

/** @param {AbortSignal} signal @returns {Promise<HTMLElement|null>} null where there is nothing to decide */
export async function consentSection(signal) {
  /** @type {[LearningOut, void]} */
  const [first] = await Promise.all([get("/api/me/learning", signal), ratingSentences()]);
  if (first.rule === "off" && first.given === null && first.kept === 0) return null;
  let now = first;
  const input = h("input", { type: "checkbox", role: "switch", on: { change: () => change() } });
  const kept = h("p", { class: "field-hint", role: "status" });
  const draw = () => {
    input.checked = isOn(now);
    fill(kept, now.rule === "off" ? t("learning.off") : t("learning.kept", { n: now.kept }));
  };
  const change = async () => {
    const given = input.checked;
    const before = now.kept;
    if (!given && before > 0 && !await isSure()) return draw();
    try {
      now = await put("/api/me/learning", { given });
      if (before > 0 && !given) toast(t("learning.withdrawn"));
    } catch (error) {
      toast(explain(error));
    }
    return draw();
  };
  draw();
  return h("section", { class: "account-section", id: "learning" },
    h("h2", { class: "account-heading" }, t("learning.heading")),
    h("p", {}, t("learning.text")),
    h("label", { class: "check" }, input, h("span", {}, t("learning.switch"))),
    kept);
}

/** @param {LearningOut} learning */
const isOn = ({ rule, given }) => given ?? rule === "on";

const isSure = () => confirm({
  title: t("learning.withdraw_title"), body: h("p", {}, t("learning.withdraw_text")), action: t("learning.withdraw"), danger: true,
});
