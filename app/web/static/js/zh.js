/** 中文。量词不随数目变化，因此几乎都是普通字符串。 */

/** 西文与中文之间空一格。 @param {string} name */
export const apart = (name) => `${/^[\x20-\u024f]/.test(name) ? " " : ""}${name}${/[\x20-\u024f]$/.test(name) ? " " : ""}`;

/**
 * Some of the server's English sentences need Chinese ones here that English pages need not have.
 * @satisfies {Record<keyof typeof import("./en.js").en, import("./i18n.js").Sentence> & Record<string, import("./i18n.js").Sentence>}
 */
export const zh = {
  cancel: "取消",

  "character.failed": "没能记住这些台词",
  "character.line_count": "{n} 句台词",

  "chat.copied": "已复制。",
  "chat.copy": "复制",
  "chat.you": "你",

  close: "关闭",

  "conversations.all": "查看全部 {n} 个",
  "conversations.delete_named": "删除“{title}”",
  "conversations.deleted": "对话已删除，{until}之前都可以恢复。",
  "conversations.rename": "重命名对话",
  "conversations.rename_named": "重命名“{title}”",
  "conversations.title": "标题",
  "conversations.untitled": "新的对话",

  "engine.answers": "正在应答。",
  "engine.chip": "{model} 正在应答：查看说明",
  "engine.demo": "正在应答：这是一个小型替身模型，不是正式的角色扮演模型。",
  "engine.demo_how": "换成正式模型",
  "engine.demo_how_text": "`/admin/models` 页面列出别的模型，可以下载和更换。机器能访问模型站点时，就能用上 Index-1.9B-Character。",
  "engine.details": "详情",
  "engine.dismiss": "隐藏这条提示",
  "engine.downloading": "正在下载。",
  "engine.downloading_label": "模型下载进度",
  "engine.label": "应答的模型",
  "engine.starting": "正在准备，可能需要一分钟。",
  "engine.unavailable": "目前没有模型应答。可以先四处看看，回答要稍后才有。",

  "error.character_indexing": "角色还在记台词，请稍后再试。",
  "error.character_not_found": "这个角色已经不在了。",
  "error.character_unpublished": "这个角色已退场，暂时不能对话。",
  "error.conversation_not_found": "这个对话已经不在了。",
  "error.files_unavailable": "服务器存放图片和文件的地方没有响应，什么都没有改动。请稍后再试。",
  "error.database_unavailable": "数据库没有响应，什么都没有保存。请稍后再试。",
  "error.foreign_origin": "请求不是从本站发出的，已被拒绝。",
  "error.internal_error": "服务器出了问题，已记录下来。",
  "error.invalid_request": "有内容不符合要求：{message}",
  "error.not_found": "这里没有你要找的内容。",
  "error.offline": "连不上服务器。你输入的内容没有丢失。",
  "error.part_missing": "服务器有响应，但这个页面有一部分没能载入。服务器可能刚刚更新过，请刷新页面。",
  "error.title_too_long": "标题太长了，最多 {limit} 字。",
  "error.too_large": "超过了本站允许的大小：{message}",
  "error.too_many_favourites": "收藏已到上限。请先取消一个，然后再试。",
  "error.too_many_attempts": "密钥或密码试错的次数太多，{seconds} 秒内不再核对。",
  "error.quota_requests": "台词赶得太快了：这里每分钟最多 {limit} 次请求，{resets_at} 起可以继续。",
  "error.head_too_large": "浏览器发送的地址或 Cookie 太长。请清除本站的 Cookie 后再试。",
  "error.service_away": "服务暂时没有响应，请稍后再试。",
  "error.service_stopping": "服务正在停止，这次没有完成。请稍后再试。",
  "error.storage_full": "服务器的磁盘满了，什么都没有保存。请让管理者腾出空间。",
  "error.too_many_requests": "你的网络发来的请求太多，请过几秒再试。",
  "error.too_many_values": "一次发送的内容太多，请分几次发送。",
  "error.invalid_title": "标题里有不能用的字符。",
  "error.admin_key_needed": "这需要管理密钥。",
  "error.unexpected": "出现了意料之外的问题，请刷新页面后再试。",
  "error.wrong_key": "管理密钥不对。",

  "examples.rank_score": "得分 {score}",
  "examples.score": "相似度 {score}",

  "failure.heading": "幕布卡住了",
  "failure.title": "出错了",

  "favourites.add": "加入收藏",
  "favourites.named": "收藏：{name}",
  "favourites.none": "还没有收藏。点海报上的心形，就能收藏一位。",
  "favourites.only": "收藏",
  "favourites.remove": "取消收藏",

  "gallery.cast": "剧中人",
  "gallery.company": "《{title}》剧组",
  "gallery.continue": "接着聊",
  "gallery.continue_with": ({ name }) => `接着和${apart(String(name))}聊`,
  "gallery.empty": "台上还没有人",
  "gallery.empty_text": "上传一个剧本，剧中人就会来到这里。",
  "gallery.found": "找到 {n} 个角色",
  "gallery.guests": "特邀演员",
  "gallery.more": "显示更多",
  "gallery.none": "节目单里找不到“{query}”。",
  "gallery.order": "排序",
  "gallery.past": "对话",
  "gallery.past_found": "对话里找到的",
  "gallery.search": "搜索角色和对话",
  "gallery.tags": "标签",
  "gallery.upload": "上传剧本",

  "indexing.count": "已记住 {done} / {total} 段",
  "indexing.label": "记台词的进度",
  "indexing.waiting": "在侧幕候场",

  "missing.heading": "没有这场戏",
  "missing.home": "去见见剧中人",
  "missing.text": "这个地址下什么也没有：可能已被删除，也可能是链接不完整。",
  "missing.title": "找不到页面",

  "order.name": "按名字",
  "order.newest": "最新在前",
  "order.talked": "最近聊过",

  "nav.characters": "角色",
  "nav.mine": "我的角色",
  "nav.scripts": "剧本",
  "nav.upload": "上传",

  "order.changed": "最近修改的在前",
  "order.conversations": "对话多的在前",
  "order.lines": "台词多的在前",
  "order.state": "按状态，需要处理的在前",

  "readiness.next": "还没开始细排。",
  "readiness.share": "还在细排：{done}。",
  "readiness.time": "还在细排：{done}，{time}。",
  "readiness.why": "现在就能聊，细排之后接话更贴切。",

  retry: "重试",

  save: "保存",

  "shell.admin": "管理",
  "shell.api": "接口文档",
  "shell.colophon": "回答由模型以角色口吻写成，不代表事实。",
  "shell.home": "Offbook，全部角色",
  "shell.nav": "主导航",
  "shell.other_language": "Switch to English",
  "shell.skip": "跳到正文",
  "shell.theme": "外观：{theme}",

  "stage.open": "搭一台戏",

  "status.failed": "失败",

  "text_size.label": "文字大小",
  "text_size.large": "大字",
  "text_size.normal": "标准字号",
  "text_size.small": "小字",

  "theme.dark": "深色",
  "theme.light": "浅色",
  "theme.system": "跟随系统",

  "time.minutes_left": "约 {n} 分钟",
  "time.now": "刚刚",
  "time.seconds_left": "约 {n} 秒",

  undo: "撤销",

  "upload.forbidden": "只有本站的作者和管理员可以上传剧本，请先以这样的身份登录。",

  "visibility.link": "凭链接",
  "visibility.private": "私有",
  "visibility.published": "公开",

  "welcome.answer": "接{name}的话",
  "welcome.heading": "剧本写完了，他们还有话说。",
  "welcome.text": "交给 Offbook 一个剧本，剧中人便会用自己的口吻回答你，话头都来自他们说过的台词。",
};
