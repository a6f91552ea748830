/** 中文：对回复的评价，以及是否同意从中学习。 */

/** @satisfies {Record<keyof typeof import("./en.js").en, import("../i18n.js").Sentence>} */
export const zh = {
  "learning.ask": "Offbook 可以从你对回复的评价中学习吗？",
  "learning.ask_more": "随时可以改变主意：",
  "learning.ask_text": "如果同意，就会保存你的评价、你选定并接着说下去的那个版本，以及你的修改。同时保存模型写这句回复时看到的全部内容，其中有你的消息和自我介绍。本站的管理者可能用它们训练模型。",
  "learning.ask_without": "如果不同意，评价只留在你的对话里，供你自己看。",
  "learning.heading": "从你对回复的评价中学习",
  "learning.kept": "目前保存了 {n} 条评价、选择和修改。",
  "learning.no": "不同意",
  "learning.off": "管理者关闭了这项功能，不会再保存新的内容。",
  "learning.place": "我的数据",
  "learning.switch": "Offbook 可以从我的评价、选择和修改中学习",
  "learning.text": "每一条都连同模型写那句回复时看到的内容一起保存，其中包括你的消息。本站的管理者可能用它们训练模型。所属的消息、对话或角色删除时，它也一并删除。",
  "learning.withdraw": "撤回",
  "learning.withdraw_text": "目前保存的内容会被删除。此前用它训练过的模型不会因此忘记。",
  "learning.withdraw_title": "撤回同意？",
  "learning.withdrawn": "保存的内容已删除。",
  "learning.yes": "同意",

  "rating.bad": "这句不好",
  "rating.good": "这句很好",
  "rating.note": "用你的话说",
  "rating.reason.dull": "平淡无味",
  "rating.reason.not_true": "与剧情不符",
  "rating.reason.other": "其他",
  "rating.reason.out_of_character": "不像这个角色",
  "rating.reason.repeats": "重复",
  "rating.reason.too_long": "太长",
  "rating.skip": "跳过",
  "rating.why": "哪里不好？",
};
