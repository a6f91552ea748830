/** The frame of every view: masthead, switches, banner, the place for the view, colophon. */

import { connection } from "./api.js";
import { Answering } from "./banner.js";
import { fill, h } from "./dom.js";
import { icon, logo } from "./icons.js";
import { language, setLanguage, t } from "./i18n.js";
import { refreshStatus, status } from "./status.js";
import { textSizeSwitch } from "./text-size.js";
import { nextTheme, paintBrowser, setTheme, theme } from "./theme.js";

export class Shell {
  /**
   * @param {Element} root
   * @param {{nav: () => Array<[string, string]>, home: string}} options
   *   nav: addresses and labels, asked for again whenever the masthead is drawn
   */
  constructor(root, { nav, home }) {
    this.root = root;
    this.nav = nav;
    this.home = home;
    this.masthead = h("header", { class: "masthead" });
    this.main = h("main", { class: "main", id: "main", tabindex: -1 });
    this.drawn = new AbortController();
    this.answering = new Answering(this.drawn.signal);
    this.isMeeting = false;
    this.lost = h("div", { class: "lost", role: "alert", hidden: true });
    connection.addEventListener("change", () => this.drawLost());
    /** @type {() => Node|null} the way to one's account */
    this.account = () => null;
    status.addEventListener("change", () => this.meet());
    this.draw();
    paintBrowser();
  }

  /** Draws everything around the view, in the current language. */
  draw() {
    this.drawn.abort();
    this.drawn = new AbortController();
    const { signal } = this.drawn;
    this.masthead = h("header", { class: "masthead" });
    this.answering = new Answering(signal, this.answering.introduced);
    this.drawMasthead();
    status.addEventListener("change", () => this.drawMasthead(), { signal });
    fill(this.root,
      h("a", { class: "skip-link", href: "#main", on: { click: (event) => this.skip(event) } }, t("shell.skip")),
      h("div", { class: "shell" }, this.masthead, h("div", {}, this.lost, this.answering.strip), this.main, colophon(this.answering.chip, signal)));
    this.drawLost();
  }

  drawMasthead() {
    fill(this.masthead,
      h("a", { class: "wordmark", href: this.home, "aria-label": t("shell.home") }, logo(), "Offbook"),
      h("nav", { class: "masthead-nav", "aria-label": t("shell.nav") },
        this.nav().map(([href, label]) => h("a", { href, "aria-current": href === location.pathname ? "page" : null }, label))),
      h("div", { class: "switches" }, this.account(), languageSwitch(), themeSwitch()));
  }

  /** Shows the way to one's account; a service that is open to its one user has no accounts, and loads nothing. */
  async meet() {
    if (!status.current?.admin_required || this.isMeeting) return;
    this.isMeeting = true;
    try {
      const { watchAccount } = await import("./account/link.js");
      this.account = await watchAccount(() => this.drawMasthead());
      this.drawMasthead();
    } catch {
      this.isMeeting = false; // the next change of the status tries again
    }
  }

  drawLost() {
    this.lost.hidden = connection.online;
    if (connection.online) return;
    const retry = () => refreshStatus().catch(() => {});
    fill(this.lost, t("error.offline"),
      h("button", { class: "button", type: "button", on: { click: retry } }, t("retry")));
  }

  /** @param {Event} event */
  skip(event) {
    event.preventDefault();
    const place = this.main.querySelector("[data-skip]");
    (place instanceof HTMLElement ? place : this.main).focus();
  }

  /** @param {import("./router.js").View} view @param {{scroll: number, focus: boolean}} arrival */
  show(view, arrival) {
    document.title = view.title ? `${view.title} · Offbook` : "Offbook";
    document.documentElement.classList.remove("is-waiting");
    document.documentElement.classList.add("is-shown");
    fill(this.main, view.node);
    this.answering.viewed();
    this.drawMasthead();
    view.shown?.();
    scrollTo(0, arrival.scroll);
    if (!arrival.focus) return;
    const heading = this.main.querySelector("h1");
    heading?.setAttribute("tabindex", "-1");
    (heading ?? this.main).focus({ preventScroll: true });
  }
}

function languageSwitch() {
  const other = language() === "zh" ? "en" : "zh";
  const sign = other === "zh" ? "中文" : "EN";
  return h("button", {
    class: "icon-button language", type: "button", lang: other,
    "aria-label": `${t("shell.other_language")} ${sign}`, on: { click: () => setLanguage(other) },
  }, sign);
}

function themeSwitch() {
  const button = h("button", { class: "icon-button", type: "button" });
  const draw = () => {
    const label = t("shell.theme", { theme: t(`theme.${theme()}`) });
    button.setAttribute("aria-label", label);
    button.title = label;
    fill(button, icon(theme()));
  };
  button.addEventListener("click", () => {
    setTheme(nextTheme());
    draw();
  });
  draw();
  return button;
}

/** @param {HTMLElement} chip which model answers @param {AbortSignal} signal */
function colophon(chip, signal) {
  // Only the facts are drawn again: a control that is in use keeps its focus.
  const facts = h("div", { class: "colophon-facts" });
  const foot = h("footer", { class: "colophon" }, chip, facts, textSizeSwitch());
  const draw = () => {
    const now = status.current;
    fill(facts,
      h("span", {}, t("shell.colophon")),
      now && h("span", {}, `Offbook ${now.version}`),
      location.pathname !== "/api/docs" && h("a", { href: "/api/docs" }, t("shell.api")),
      location.pathname !== "/admin" && h("a", { href: "/admin" }, t("shell.admin")));
  };
  status.addEventListener("change", draw, { signal });
  draw();
  return foot;
}
