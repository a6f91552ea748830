/** English, for ratings of replies, and for the consent to learn from them. */

/** @satisfies {Record<string, import("../i18n.js").Sentence>} */
export const en = {
  "learning.ask": "May Offbook learn from what you say about replies?",
  "learning.ask_more": "You can change your mind at any time in",
  "learning.ask_text": "If you agree, it keeps your ratings, the version of a reply that you go on from, and your edits. With each it keeps what the model was shown for the reply: your messages are in there, and what you say about yourself. The operators may train models with it.",
  "learning.ask_without": "If you do not, your ratings stay with your conversations, for you to see.",
  "learning.heading": "Learning from what you say about replies",
  "learning.kept": "Kept so far: {n, rating, choice or edit|ratings, choices and edits}.",
  "learning.no": "No",
  "learning.off": "The operators have switched this off: nothing more is kept.",
  "learning.place": "your data",
  "learning.switch": "Offbook may learn from my ratings, choices and edits",
  "learning.text": "With each is kept what the model was shown for that reply, your messages included. The operators may train models with it. It is deleted with its message, its conversation or its character.",
  "learning.withdraw": "Withdraw it",
  "learning.withdraw_text": "What was kept so far is deleted. A model that was trained with it before does not forget it.",
  "learning.withdraw_title": "Withdraw your consent?",
  "learning.withdrawn": "What was kept is deleted.",
  "learning.yes": "Yes, it may",

  "rating.bad": "Not a good reply",
  "rating.good": "A good reply",
  "rating.note": "In your words",
  "rating.reason.dull": "Dull",
  "rating.reason.not_true": "Against the story",
  "rating.reason.other": "Something else",
  "rating.reason.out_of_character": "Out of character",
  "rating.reason.repeats": "Repeats itself",
  "rating.reason.too_long": "Too long",
  "rating.skip": "Skip",
  "rating.why": "What is wrong with it?",
};
