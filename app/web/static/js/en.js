/** English. `{n, scene|scenes}` is a number with its noun; what needs more grammar is a function. */

/** @param {number} n @param {string} one @param {string} [many] */
export const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;

/** @satisfies {Record<string, import("./i18n.js").Sentence>} */
export const en = {
  cancel: "Cancel",

  "character.failed": "These lines could not be learned",
  "character.line_count": "{n, line|lines}",

  "chat.copied": "Copied.",
  "chat.copy": "Copy",
  "chat.you": "You",

  close: "Close",

  "conversations.all": "Show all {n}",
  "conversations.delete_named": "Delete “{title}”",
  "conversations.deleted": "Conversation deleted. Until {until} it can be brought back.",
  "conversations.rename": "Rename the conversation",
  "conversations.rename_named": "Rename “{title}”",
  "conversations.title": "Title",
  "conversations.untitled": "New conversation",

  "engine.answers": "answers.",
  "engine.chip": "{model} answers: more about it",
  "engine.demo": "answers: a small stand-in, not the role-play model.",
  "engine.demo_how": "Get the real one",
  "engine.demo_how_text": "The page `/admin/models` lists other models, and pulls and changes them. Index-1.9B-Character can be had where a model hub can be reached.",
  "engine.details": "Details",
  "engine.dismiss": "Hide this notice",
  "engine.downloading": "is being downloaded.",
  "engine.downloading_label": "Download of the model",
  "engine.label": "The model that answers",
  "engine.starting": "is getting ready. This can take a minute.",
  "engine.unavailable": "No model answers at the moment. You can look around; replies have to wait.",

  "error.character_indexing": "The character is still learning the lines. Try again in a moment.",
  "error.character_not_found": "This character is no longer here.",
  "error.character_unpublished": "This character is off stage and cannot be talked to at the moment.",
  "error.conversation_not_found": "This conversation is no longer here.",
  "error.files_unavailable": "The server's store of pictures and files does not answer. Nothing was changed; try again in a moment.",
  "error.database_unavailable": "The database did not answer, so nothing was saved. Try again in a moment.",
  "error.foreign_origin": "The request did not come from this site and was refused.",
  "error.internal_error": "Something went wrong on the server. It has been logged.",
  "error.not_found": "That is not here.",
  "error.offline": "The server cannot be reached. Nothing you typed is lost.",
  "error.part_missing": "A part of this page could not be loaded, though the server answers. It may have been updated just now: reload the page.",
  "error.title_too_long": "The title is too long: {limit} characters are allowed.",
  "error.too_many_attempts": "Too many wrong keys or passwords came from your address, or for this account. None is looked at for another {seconds} s.",
  "error.quota_requests": "You are ahead of the prompter: the pace here is {limit, request|requests} a minute. The house listens again from {resets_at} on.",
  "error.admin_key_needed": "That needs the admin key.",
  "error.unexpected": "Something unexpected went wrong. Reload the page and try again.",
  "error.wrong_key": "That is not the admin key.",

  "examples.rank_score": "Score {score}",
  "examples.score": "Similarity {score}",

  "failure.heading": "The curtain is stuck",
  "failure.title": "Problem",

  "favourites.add": "Add to favourites",
  "favourites.named": "Favourite: {name}",
  "favourites.none": "No favourites here yet. The heart on a poster adds one.",
  "favourites.only": "Favourites",
  "favourites.remove": "Remove from favourites",

  "gallery.cast": "The cast",
  "gallery.company": "The company of {title}",
  "gallery.continue": "Go on talking",
  "gallery.continue_with": "Continue with {name}",
  "gallery.empty": "The stage is empty",
  "gallery.empty_text": "Upload a script, and its people will be here.",
  "gallery.found": ({ n }) => `${count(n, "character")} found`,
  "gallery.guests": "Guest artists",
  "gallery.more": "Show more",
  "gallery.none": "“{query}” is in no programme here.",
  "gallery.order": "Order",
  "gallery.past": "Conversations",
  "gallery.past_found": "Found in conversations",
  "gallery.search": "Search characters and conversations",
  "gallery.tags": "Tags",
  "gallery.upload": "Upload a script",

  "indexing.count": "{done} of {total, passage|passages} learned",
  "indexing.label": "Learning lines",
  "indexing.waiting": "Waiting in the wings",

  "missing.heading": "No such scene",
  "missing.home": "Meet the characters",
  "missing.text": "Nothing is at this address. It may have been deleted, or the link is incomplete.",
  "missing.title": "Not found",

  "order.name": "By name",
  "order.newest": "Newest first",
  "order.talked": "Last talked to",

  "nav.characters": "Characters",
  "nav.mine": "My cast",
  "nav.scripts": "Scripts",
  "nav.upload": "Upload",

  "order.changed": "Last changed first",
  "order.conversations": "Most conversations first",
  "order.lines": "Most lines first",
  "order.state": "By state: what needs attention first",

  "readiness.next": "Finer cues are still to be rehearsed.",
  "readiness.share": "Still rehearsing finer cues: {done}.",
  "readiness.time": "Still rehearsing finer cues: {done}, {time}.",
  "readiness.why": "You can talk already; replies fit better after that.",

  retry: "Try again",

  save: "Save",

  "shell.admin": "Administration",
  "shell.api": "API",
  "shell.colophon": "Replies are written by a machine, in character. They are not facts.",
  "shell.home": "Offbook, all characters",
  "shell.nav": "Main",
  "shell.other_language": "切换到中文",
  "shell.skip": "Skip to the content",
  "shell.theme": "Theme: {theme}",

  "stage.open": "Put a cast on stage",

  "status.failed": "Failed",

  "text_size.label": "Text size",
  "text_size.large": "Larger text",
  "text_size.normal": "Normal text",
  "text_size.small": "Smaller text",

  "theme.dark": "dark",
  "theme.light": "light",
  "theme.system": "as the system",

  "time.minutes_left": "about {n} min",
  "time.now": "just now",
  "time.seconds_left": "about {n} s",

  undo: "Undo",

  "upload.forbidden": "Uploading is for the authors and admins of this Offbook. Sign in as one to add scripts.",

  "visibility.link": "By link",
  "visibility.private": "Private",
  "visibility.published": "Published",

  "welcome.answer": "Answer {name}",
  "welcome.heading": "The script is over. They keep talking.",
  "welcome.text": "Give Offbook a script, and its people answer you in their own voices, from the lines they once spoke.",
};
