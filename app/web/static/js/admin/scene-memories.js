/** "Scene memories": what a character remembers of its scenes, written in the background and edited here. */

import { get, post, put, remove, withQuery } from "../api.js";
import { confirm } from "../dialogs.js";
import { fill, focusOn, h, reconcile } from "../dom.js";
import { explain } from "../errors.js";
import { t } from "../i18n.js";
import { repeat } from "../timing.js";
import { toast } from "../toast.js";
import { runState } from "./scene-memory-run.js";
import { editRow, memoryRow } from "./scene-memory-row.js";

/** @import { SceneMemoriesOut, SceneMemoryOut } from "../types.js" */

const POLL_MS = 1_000;
const PAGE = 20;
const MOST = 200;

/** @param {string} path @param {AbortSignal} signal @returns {Promise<SceneMemoriesOut>} */
export const firstMemories = (path, signal) => get(withQuery(path, { limit: PAGE }), signal);

/** @param {{path: string, first: SceneMemoriesOut, signal: AbortSignal}} options */
export function sceneMemories({ path, first, signal }) {
  const state = h("div", { class: "scene-memory-state", role: "status" });
  const complaint = h("div", {});
  const list = h("ol", { class: "scene-memories" });
  const actions = h("div", { class: "actions" });
  const more = h("button", { class: "button", type: "button", on: { click: () => attempt(showMore) } }, t("scene_memories.more"));
  /** @type {Set<string>} */
  const editing = new Set();
  let { items, next_cursor: next, run } = first;
  let following = false;

  /** @param {() => Promise<void>} work */
  const attempt = async (work) => {
    fill(complaint);
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) fill(complaint, h("p", { class: "field-error", role: "alert" }, explain(error)));
    }
  };
  const isActive = () => run.status === "running" || run.status === "waiting";
  const draw = () => {
    fill(state, runState(run));
    drawActions();
    more.hidden = next === null;
    reconcile(list, items.map((item) => ({
      key: item.id,
      signature: editing.has(item.id) ? "editing" : JSON.stringify([item.text, item.origin, item.scene]),
      render: () => (editing.has(item.id) ? editRow(item, { save: (text) => save(item, text), cancel: () => close(item) }) : memoryRow(item, { edit: () => edit(item), forget: () => attempt(() => forget(item)) })),
    })));
    if (isActive() && !following) follow();
  };
  const drawActions = () => {
    /** @param {string} name @param {string} text @param {() => Promise<void>} work */
    const button = (name, text, work) => h("button", { class: `button ${name}`, type: "button", on: { click: () => attempt(work) } }, text);
    const wanted = isActive() ? "stop" : run.remembered < run.scenes ? "write" : "none";
    const signature = `${wanted} ${run.remembered > 0}`;
    if (actions.dataset.signature === signature) return;
    const hadFocus = actions.contains(document.activeElement);
    actions.dataset.signature = signature;
    fill(actions,
      wanted === "stop" && button("", t("scene_memories.stop"), stop),
      wanted === "write" && button("", t(run.remembered ? "scene_memories.write_rest" : "scene_memories.write"), write),
      run.remembered > 0 && button("button-plain", t("scene_memories.forget_all"), forgetAll));
    if (hadFocus) focusOn(actions.querySelector("button"));
  };
  /** @param {SceneMemoriesOut} fresh the beginning of the list */
  const merge = (fresh) => {
    const known = new Set(fresh.items.map(({ id }) => id));
    const rest = items.length > fresh.items.length ? items.slice(fresh.items.length).filter(({ id }) => !known.has(id)) : [];
    if (rest.length === 0) next = fresh.next_cursor;
    items = [...fresh.items, ...rest];
    run = fresh.run;
    draw();
  };
  const refresh = async () => merge(await get(withQuery(path, { limit: Math.min(MOST, Math.max(PAGE, items.length)) }), signal));
  const follow = () => {
    following = true;
    return repeat(async () => {
      await refresh().catch(() => null);
      following = isActive();
      return following ? POLL_MS : null;
    }, signal);
  };
  const showMore = async () => {
    /** @type {SceneMemoriesOut} */
    const page = await get(withQuery(path, { limit: PAGE, cursor: next }), signal);
    const shown = items.length;
    items = [...items, ...page.items];
    next = page.next_cursor;
    run = page.run;
    draw();
    focusOn(list.children[shown]?.querySelector("button"));
  };
  const write = async () => {
    run = await post(path);
    draw();
  };
  const stop = async () => {
    run = await remove(path);
    await refresh();
  };
  const forgetAll = async () => {
    const sure = await confirm({
      title: t("scene_memories.forget_all_title"), body: h("p", {}, t("scene_memories.forget_all_text", { n: run.remembered })),
      action: t("scene_memories.forget_all_action"), danger: true,
    });
    if (!sure) return;
    run = await remove(withQuery(path, { remove: "all" }));
    await refresh();
  };
  /** @param {string} id */
  const rowOf = (id) => [...list.children].find((node) => node.getAttribute("data-key") === id);
  /** @param {SceneMemoryOut} fresh */
  const replace = (fresh) => {
    items = items.map((each) => (each.id === fresh.id ? fresh : each));
    draw();
    focusOn(rowOf(fresh.id)?.querySelector("button"));
  };
  /** @param {SceneMemoryOut} item */
  const edit = (item) => {
    editing.add(item.id);
    draw();
    focusOn(rowOf(item.id)?.querySelector("textarea"));
  };
  /** @param {SceneMemoryOut} item */
  const close = (item) => {
    editing.delete(item.id);
    draw();
    focusOn(rowOf(item.id)?.querySelector("button"));
  };
  /** Throws what the server refuses, for the row to show. @param {SceneMemoryOut} item @param {string} text */
  const save = async (item, text) => {
    /** @type {SceneMemoryOut} */
    const fresh = await put(`${path}/${item.id}`, { text });
    editing.delete(item.id);
    if (item.text === null) run = { ...run, remembered: run.remembered + 1 };
    replace(fresh);
  };
  /** @param {SceneMemoryOut} item */
  const forget = async (item) => {
    await remove(`${path}/${item.id}`);
    run = { ...run, remembered: run.remembered - 1 };
    replace({ ...item, text: null, origin: null, model: null });
    toast(t("scene_memories.forgotten"), {
      label: t("undo"),
      run: () => attempt(() => save({ ...item, text: null }, item.text ?? "")),
    });
  };
  draw();
  return h("section", { class: "scene-memory-section" },
    h("h2", { class: "eyebrow" }, t("scene_memories.heading")),
    h("p", { class: "inspector-text" }, t("scene_memories.text")),
    !run.shown && h("p", { class: "field-hint" }, t("scene_memories.not_shown"), " ", h("code", {}, "OFFBOOK_RETRIEVAL__SCENE_MEMORIES=true")),
    state, actions, complaint,
    run.scenes > 0 && h("details", { class: "scene-memory-list" }, h("summary", {}, t("scene_memories.list", { n: run.scenes })), list, more));
}
