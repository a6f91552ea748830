/**
 * A character's texts as they read before a conversation: names in place of macros, comments
 * gone. In a conversation the service expands them, and makes the random choices.
 */

const TOKEN = /\{\{([^{}]*)\}\}|<(user|char|bot)>/gi;
const SILENT = new Set(["comment", "hidden_key"]);
const CHOICES = new Set(["random", "pick"]);

/**
 * @param {string} text
 * @param {{name: string, nickname?: string}} character
 * @param {string} user the name of the person it talks to
 */
export function readable(text, { name, nickname }, user) {
  return text.replace(TOKEN, (typed, body = "", tag = "") => {
    const [macro, ...rest] = (tag || body).trim().split(":");
    const key = macro.trim().toLowerCase();
    if (key === "user") return user;
    if (key === "char" || key === "bot") return nickname || name;
    if (key.startsWith("//") || SILENT.has(key)) return "";
    return CHOICES.has(key) ? rest.join(":").replace(/^:/, "").split(/::|(?<!\\),/)[0].trim() : typed;
  });
}
