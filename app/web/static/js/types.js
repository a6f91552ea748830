/**
 * What the API answers, as far as the pages use it: the schemas of `/api/openapi.json`, by their names
 * there. Types only: the pages never load this file.
 *
 * @typedef {"reference"|"fused"|"selector"} Mode how lines are chosen
 */

/**
 * The service.
 *
 * @typedef {{version: string, engine: EngineStatus, embedder: string, admin_required: boolean, signed_in: boolean,
 *   may_upload: boolean, upload_bytes: number, message_characters: number, ratings: boolean}} ServiceStatus
 * @typedef {{kind: "embedded"|"openai"|"scripted", state: "downloading"|"starting"|"ready"|"unavailable",
 *   model: string, is_demo: boolean, detail: string, progress: number|null}} EngineStatus
 * @typedef {{required: boolean, signed_in: boolean}} SessionOut
 * @typedef {{good: number, bad: number, chosen: number, edited: number}} CharacterSignals
 * @typedef {{characters: number, published: number, indexing: number, failed: number, scripts: number,
 *   scenes: number, lines: number, examples: number, vectors: number, conversations: number, messages: number,
 *   database: string, database_bytes: number|null, cached_indexes: number, retrieval: Mode}} Stats
 */

/**
 * Scripts.
 *
 * @typedef {{id: string|null, title: string, filename: string, format: string, encoding: string,
 *   encoding_confidence: number, language: string, size_bytes: number, scenes: number, lines: number,
 *   rows: RowCountsOut|null, columns: ColumnsOut|null, speakers: SpeakerOut[], aliases: Record<string, string>,
 *   merges: MergeOut[], profiles: ProfileOut[], rejected: RejectionOut[], rejected_total: number,
 *   rejected_by_code: Record<string, number>, unattributed_share: number|null,
 *   other_kind: OtherKindOut|null, duplicate: boolean, replaced: boolean, characters: CharacterRef[],
 *   deleted_characters: CharacterRef[], created_at: string|null, updated_at: string|null}} ScriptReport
 * @typedef {{code: "code"|"log"|"data"|"document", reason: string}} OtherKindOut
 * @typedef {{total: number, dialogue: number, narration: number, rejected: number}} RowCountsOut
 * @typedef {{names: string[], speaker: string, line: string, scene: string|null}} ColumnsOut
 * @typedef {{name: string, lines: number, scenes: number, samples: string[], display: string, nearest: string|null,
 *   greeting: string, openers: string[]}} SpeakerOut
 * @typedef {{alias: string, name: string, code: string, reason: string}} MergeOut
 * @typedef {{name: string, text: string}} ProfileOut
 * @typedef {{row: number, part: string|null, text: string, code: string, reason: string}} RejectionOut
 * @typedef {{slug: string, name: string}} CharacterRef
 * @typedef {{id: string, title: string, filename: string, format: string, encoding: string, language: string,
 *   size_bytes: number, scenes: number, lines: number, created_at: string, updated_at: string,
 *   may_change: boolean}} ListedScript
 * @typedef {{id: string, title: string, filename: string, format: string, encoding: string, language: string,
 *   size_bytes: number, scenes: number, lines: number, created_at: string, updated_at: string,
 *   owner: Owner, characters: number}} AdminScript
 * @typedef {{number: number, row: number, part: string|null, heading: string|null, episode: string|null,
 *   lines: LineOut[], directions: DirectionOut[], read: boolean}} SceneOut
 * @typedef {{number: number, row: number, part: string|null, heading: string|null, episode: string|null,
 *   lines: LineOut[], directions: DirectionOut[], read: boolean, parts: ScenePartOut[]}} SceneWithParts
 * @typedef {{speaker: string, lines: number, character: CharacterRef|null}} ScenePartOut
 * @typedef {{at: number, text: string}} DirectionOut
 * @typedef {{items: PrintedRowOut[], next_cursor: string|null}} PrintedPageOut
 * @typedef {{kind: "heading"|"line"|"direction"|"rejected", row: number, text: string, speaker: string,
 *   direction: string|null, part: string|null, code: string, reason: string}} PrintedRowOut
 * @typedef {{speaker: string, text: string, row: number, direction: string|null}} LineOut
 * @typedef {{position: number, heading: string|null, episode: string|null, opening: string, read: boolean}} SceneAt
 * @typedef {{script: ScriptRef, position: number, scene: SceneOut}} ExampleScene
 * @typedef {{items: string[]}} ScriptFormats
 */

/**
 * Characters.
 *
 * @typedef {{id: string, slug: string, name: string, aliases: string[], tagline: string, profile: string, profile_scenes: number|null,
 *   greeting: string, alternate_greetings: string[], openers: string[], nickname: string, tags: string[], creator_notes: string,
 *   avatar: string|null, backdrop: string|null, signature: string, card: string|null, language: "zh"|"en", status: "indexing"|"ready"|"failed",
 *   progress: IndexProgress|null, error: string|null, published: boolean, visibility: "private"|"link"|"published",
 *   sample: boolean, scripts: ScriptRef[], speakers: string[], others: string[], scenes: number, lines: number, examples: number, dropped: DroppedExamples,
 *   sampling: SamplingOverrides, retrieval: Mode|null, selection_ready: boolean,
 *   selection_progress: IndexProgress|null, reading: ReadingOut|null, created_at: string, updated_at: string}} CharacterOut
 * @typedef {{script: string, scene: number, scenes: number, until: number, met: boolean,
 *   withheld: ("tagline"|"profile"|"greeting"|"alternate_greetings"|"openers"|"creator_notes"|"signature"|"others")[]}} ReadingOut
 * @typedef {{script: ScriptRef, scene: number|null, scenes: number, chapters: number, read_chapters: string[],
 *   minutes: number|null, given: "scene"|"chapter"|"minutes"|null, value: string|null, updated_at: string|null}} BookmarkOut
 * @typedef {{done: number, total: number, seconds_left: number|null}} IndexProgress
 * @typedef {{id: string, title: string}} ScriptRef
 * @typedef {{without_character: number, duplicate: number, short_replies: number}} DroppedExamples
 * @typedef {{temperature: number|null, top_p: number|null, top_k: number|null, min_p: number|null,
 *   repetition_penalty: number|null, max_tokens: number|null, seed: number|null}} SamplingOverrides
 * @typedef {CharacterOut & {owner: Owner, guests: number, conversations: number, messages: number}} AdminCharacter
 * @typedef {{kind: "house"|"person"|"guest", key: string, name: string, login: string}} Owner
 * @typedef {{link: string}} CharacterLink
 * @typedef {{may_change: boolean, visibility: "private"|"link"|"published", link: string|null,
 *   guests: number|null}} CharacterSharing
 * @typedef {{items: CharacterOut[]}} CharactersOut
 * @typedef {{script_id: string, title: string, lines: number, scenes: number, scenes_read: number,
 *   roles: RoleOut[]}} CastProposal
 * @typedef {{name: string, lines: number, scenes: number, share: number, scene_share: number,
 *   mean_characters: number|null, languages: ("zh"|"en")[], samples: string[],
 *   voice: "person"|"group"|"narrator"|"nameless",
 *   verdict: "lead"|"supporting"|"minor"|"short_lines"|"group"|"narrator"|"nameless", reason: string,
 *   recommended: boolean}} RoleOut
 * @typedef {{name: string, profile: string, profile_scenes: number|null, greeting: string, alternate_greetings: string[], openers: string[],
 *   nickname: string|"", tags: string[], creator_notes: string, tagline: string, aliases: string[], speakers: string[],
 *   language: "zh"|"en"|null, sampling: SamplingOverrides}} CharacterFields
 * @typedef {{conversations: number, messages: number, examples: number, scripts_kept: DeletedScript[]}} Deletion
 * @typedef {{id: string, title: string}} DeletedScript
 * @typedef {{slug: string, name: string, conversations: number, messages: number, deleted_at: string,
 *   purged_at: string}} DeletedCharacter
 * @typedef {{character: CharacterOut, script: ScriptReport|null, card: CardReport|null}} ImportResult
 * @typedef {{origin: string, name: string, profile: string, greeting: string, alternate_greetings: number,
 *   tags: string[], creator: string, creator_notes: string, example_scenes: number, lorebook_entries: number,
 *   files: number, picture: boolean, carries_script: boolean, warnings: string[]}} CardReport
 * @typedef {{kind: "script"|"card"|"lorebook"|"chat", card: CardReport|null, lorebook: LorebookReport|null,
 *   chat: ChatReport|null}} FileInspection
 * @typedef {{name: string, entries: number, warnings: string[]}} LorebookReport
 * @typedef {{user_name: string, character_name: string, messages: number, rejected: number}} ChatReport
 */

/**
 * Lines found for a message, and how well they are chosen.
 *
 * @typedef {{mode: Mode, query: string, embedder: string, embed_ms: number, search_ms: number,
 *   budget_checked: boolean, items: InspectedExample[], witnessed: InspectedOverheard[],
 *   scene_memories: InspectedSceneMemory[]}} Inspection
 * @typedef {{rank: number, id: number, score: number, relevance: number|null, ranks: Record<string, number>,
 *   lines: string[], cut: number, scene: number|null, start: number|null, key: string, shown: boolean,
 *   reason: "budget"|"model_limit"|"no_exchange"|"threshold"|"duplicate"|"rank"|null}} InspectedExample
 * @typedef {{id: number, score: number, lines: string[], reason: string, shown: boolean}} InspectedOverheard
 * @typedef {{id: number, score: number, lines: string[], name: string, shown: boolean}} InspectedSceneMemory
 * @typedef {{items: SceneMemoryOut[], next_cursor: string|null, run: SceneMemoryRun}} SceneMemoriesOut
 * @typedef {{status: "never"|"waiting"|"running"|"stopped"|"failed"|"done", done: number, failed: number,
 *   total: number, error: string|null, finished_at: string|null, scenes: number, remembered: number,
 *   outdated: number, tokens_left: number, seconds_left: number|null, shown: boolean}} SceneMemoryRun
 * @typedef {{id: string, scene: number, heading: string|null, episode: string|null, opening: string,
 *   text: string|null, origin: "written"|"edited"|null, model: string|null, updated_at: string|null}} SceneMemoryOut
 * @typedef {{status: "never"|"running"|"interrupted"|"failed"|"done", progress: number|null, error: string|null,
 *   finished_at: string|null, result: AuditionResult|null}} AuditionOut
 * @typedef {{name: string, scenes: number, of_scenes: number, replies: number, questions: number,
 *   short_replies: number|null, query_length: number|null, tokenizer: string|null,
 *   prompt_style: "completion"|"chat"|null,
 *   embedder: string, recipe: string, budgets: Record<string, Record<string, FiguresOut>>,
 *   known_items: Record<string, IntervalOut>}} AuditionResult
 * @typedef {{gap_share: IntervalOut, lift_share: IntervalOut, cosine: IntervalOut, replies: number,
 *   gap_over_reference: IntervalOut|null, lift_over_reference: IntervalOut|null}} FiguresOut
 * @typedef {{value: number, low: number, high: number}} IntervalOut
 */

/**
 * How likely the model finds what a character really said.
 *
 * @typedef {{status: "never"|"running"|"stopped"|"interrupted"|"failed"|"done", progress: number|null,
 *   minutes_left: number|null, error: MeasurementError|null, cost: LikelihoodCost|null,
 *   finished_at: string|null, result: ProofOut|null}} LikelihoodAuditionOut
 * @typedef {{code: string, message: string}} MeasurementError
 * @typedef {{replies: number, scores: number, tokens: number, minutes: number|null}} LikelihoodCost
 * @typedef {{rag: DifferenceOut, lift: DifferenceOut, voice: DifferenceOut|null, own: DifferenceOut,
 *   other: DifferenceOut|null, without_copied: DifferenceOut|null, copied: number, replies: number,
 *   scenes: number, example_tokens: Record<string, number>, mode: Mode, model: string,
 *   prompt_style: "completion"|"chat", embedder: string, selector: string}} ProofOut
 * @typedef {{bits_a_reply: IntervalOut, nats_a_token: IntervalOut, is_significant: boolean}} DifferenceOut
 * @typedef {{bits_a_reply: IntervalOut, is_significant: boolean, replies: number, finished_at: string}} ProofLine
 * @typedef {{proof: ProofLine|null}} ProofLineOut
 */

/**
 * Reports.
 *
 * @typedef {{id: string, about: "message"|"character", character: ReportedCharacter, excerpt: string,
 *   by_moderation: boolean, people: number, entries: ReportEntryOut[], findings: FindingOut[], opened_at: string,
 *   closed_at: string|null, outcome: "acted"|"noted"|"no_breach"|null, answer: string}} ReportOut
 * @typedef {{items: ReportOut[], next_cursor: string|null, open: number}} ReportPage
 * @typedef {{slug: string, name: string}} ReportedCharacter
 * @typedef {{reason: string, note: string, created_at: string}} ReportEntryOut
 * @typedef {{source: string, category: string, detail: string, action: string}} FindingOut
 * @typedef {{id: string, role: "user"|"assistant", content: string, reported: boolean,
 *   moderation: "hidden"|"refused"|null, withheld: string, findings: FindingOut[], created_at: string}} ReportedMessage
 * @typedef {{id: string, about: "message"|"character", character: ReportedCharacter, excerpt: string,
 *   by_moderation: boolean, people: number, entries: ReportEntryOut[], findings: FindingOut[], opened_at: string,
 *   closed_at: string|null, outcome: "acted"|"noted"|"no_breach"|null, answer: string, messages: ReportedMessage[]}} ReportDetail
 */

/**
 * Conversations.
 *
 * @typedef {{id: string, title: string, character: ConversationCharacter, cast: string[], is_stage: boolean,
 *   user_role: "persona"|"speaker"|"director"|"watching", user_name: string,
 *   user_description: string, until_scene: number|null, remembers_others: boolean, summarize: boolean, preview: string, last_line: string,
 *   excerpt: string|null, created_at: string, updated_at: string, participants: ParticipantOut[],
 *   read_until: number|null, scene: SceneState|null, summary: SummaryOut|null, messages: MessageOut[], earlier: boolean, busy: boolean,
 *   writing: string|null}} ConversationOut
 * @typedef {{id: string|null, slug: string|null, name: string, avatar: string|null, on_stage: boolean, note: string}} ParticipantOut
 * @typedef {{script: string|null, script_title: string, scene: number, title: string, part: string, line: number,
 *   lines: number, drift: number, on_script: boolean, ended: boolean}} SceneState
 * @typedef {{line: number, text: string}} NextLine
 * @typedef {{id: string, slug: string|null, name: string}} StageSpeaker
 * @typedef {{kind: "line"|"direction"|"enters"|"leaves"|"told", speaker: StageSpeaker|null, circle: string[]|null,
 *   about: string|null, reason: Record<string, unknown>|null}} StageLineOut
 * @typedef {{participant: StageSpeaker, how: "said"|"present"|"whispered"|"told"}} KnowerOut
 * @typedef {{message: string, knows: KnowerOut[], others: StageSpeaker[]}} Witnesses
 * @typedef {{kind: "message"|"script", message: string|null, speaker: string|null, text: string,
 *   how: "said"|"present"|"whispered"|"told"|"script"|"overheard"|"remembered", scene: number|null,
 *   line: number|null, witnesses: string[]}} KnownLine
 * @typedef {{speaker: StageSpeaker|null, items: KnownLine[], earlier: number}} Knowledge
 * @typedef {{slug: string, name: string, tagline: string, language: string, status: string, published: boolean,
 *   avatar: string|null, backdrop: string|null}} ConversationCharacter
 * @typedef {{text: string, upto: string|null, until_scene: number|null, covered: number}} SummaryOut
 * @typedef {{id: string, parent_id: string|null, role: "user"|"assistant"|"direction", content: string,
 *   stage: StageLineOut|null, state: "complete"|"partial", hidden: boolean, finish_reason: "stop"|"length"|"content_filter"|"cancelled"|"error"|null,
 *   moderation: "hidden"|"refused"|null, error: string|null, alternatives: string[], examples: PromptSource[], prompt: PromptOutline|null,
 *   retrieval: Mode|null, model: string|null, usage: UsageOut|null, timings: Timings|null, sampling: Record<string, unknown>|null, created_at: string,
 *   edited_at: string|null, rating: ReplyRating|null}} MessageOut
 * @typedef {{value: "good"|"bad", reason: ""|"out_of_character"|"not_true"|"dull"|"repeats"|"too_long"|"other", note: string}} ReplyRating
 * @typedef {{value: "good"|"bad", reason: ""|"out_of_character"|"not_true"|"dull"|"repeats"|"too_long"|"other", note: string,
 *   kept: boolean, ask: boolean}} RatedReply
 * @typedef {{id: number, score: number, lines: string[], kind: "example"|"lore"|"memory"|"witnessed"|"scene_memory",
 *   name: string, key: string, place: number, scene: number|null, start: number|null, cut: number}} PromptSource
 * @typedef {{tokens: number, history: number, left_out: number, summarized: number,
 *   profile: "whole"|"opening"|"none"}} PromptOutline
 * @typedef {{prompt_tokens: number, completion_tokens: number, cached_tokens: number|null}} UsageOut
 * @typedef {{embed: number, search: number, prepare: number, first_token: number|null, total: number|null}}
 *   Timings
 * @typedef {{id: string, title: string, character: ConversationCharacter, cast: string[], is_stage: boolean,
 *   user_role: "persona"|"speaker"|"director"|"watching", user_name: string,
 *   user_description: string, until_scene: number|null, remembers_others: boolean, summarize: boolean, preview: string, last_line: string,
 *   excerpt: string|null, created_at: string, updated_at: string}} ConversationSummary
 * @typedef {{items: string[]}} Favourites
 * @typedef {{name: string, description: string}} PersonaOut
 * @typedef {{text: string, speaker: string|null, scene: number|null}} OpenerOut
 * @typedef {{items: OpenerOut[]}} Openers
 * @typedef {{conversation: ConversationOut, rejected: RejectionOut[]}} LogImport
 */

/**
 * Exact prompts.
 *
 * @typedef {{style: "completion"|"chat", model: string, adapter: string|null, continues: boolean,
 *   parts: PromptPart[],
 *   left_out: LeftOut[], left_out_counts: LeftOutCount[], outline: PromptOutline, room: PromptRoom,
 *   stops: string[], message_id: string, conversation_id: string, character: string, name: string,
 *   reply: string, created_at: string, edited_at: string|null, usage: UsageOut|null,
 *   sampling: Record<string, unknown>|null}} ReplyPrompt
 * @typedef {{kind: "instructions"|"example"|"profile"|"user"|"lore"|"scene_memory"|"memory"|"witnessed"|"summary"|"history"|"reply",
 *   text: string, tokens: number, message: number|null, role: "system"|"user"|"assistant"|null, name: string,
 *   key: string, scene: number|null, start: number|null, lines: number|null, cut: number,
 *   omitted: number}} PromptPart
 * @typedef {{kind: "instructions"|"example"|"profile"|"user"|"lore"|"scene_memory"|"memory"|"witnessed"|"summary"|"history"|"reply",
 *   reason: "budget"|"model_limit"|"no_exchange"|"threshold"|"duplicate"|"rank"|"last_exchange"|"opening"|"too_long"|"summarized",
 *   lines: string[], more: number, name: string, score: number|null, scene: number|null,
 *   start: number|null}} LeftOut
 * @typedef {{kind: "instructions"|"example"|"profile"|"user"|"lore"|"scene_memory"|"memory"|"witnessed"|"summary"|"history"|"reply",
 *   reason: "budget"|"model_limit"|"no_exchange"|"threshold"|"duplicate"|"rank"|"last_exchange"|"opening"|"too_long"|"summarized",
 *   number: number}} LeftOutCount
 * @typedef {{context: number, reply: number, prompt: number, witnessed: number, scene_memories: number,
 *   memories: number}} PromptRoom
 */

/**
 * Accounts.
 *
 * @typedef {{open: boolean, role: "guest"|"reader"|"author"|"admin", scopes: ("read"|"chat"|"author"|"admin")[],
 *   person: PersonOut|null, guests: boolean, sign_up: "closed"|"invitation"|"open", openid: string|null,
 *   by_proxy: boolean}} Me
 * @typedef {{address: string}} OpenIDAddress
 * @typedef {{account: string, created_at: string, used_at: string}} ProviderLinkOut
 * @typedef {{password: boolean, provider: string|null, linked: ProviderLinkOut|null, by_proxy: boolean}} SignInMethods
 * @typedef {{id: string, login: string, name: string, role: "reader"|"author"|"admin", language: "zh"|"en"|null,
 *   created_at: string, seen_at: string|null, disabled_at: string|null}} PersonOut
 * @typedef {{prefix: string, label: string, scopes: ("read"|"chat"|"author"|"admin")[], created_at: string,
 *   last_used_at: string|null, revoked_at: string|null}} PersonKeyOut
 * @typedef {{prefix: string, label: string, scopes: ("read"|"chat"|"author"|"admin")[], created_at: string,
 *   last_used_at: string|null, revoked_at: string|null, key: string}} CreatedPersonKey
 * @typedef {{items: PersonKeyOut[], next_cursor: string|null}} PersonKeys
 * @typedef {{role: "reader"|"author"|"admin", expires_at: string}} InvitationCheck
 * @typedef {{id: string, role: "reader"|"author"|"admin", note: string, uses_left: number, created_at: string,
 *   expires_at: string}} InvitationOut
 * @typedef {{id: string, role: "reader"|"author"|"admin", note: string, uses_left: number, created_at: string,
 *   expires_at: string, token: string}} CreatedInvitation
 * @typedef {{password: string}} PasswordReset
 * @typedef {{conversations: number, messages: number, favourites: number, persona: boolean, keys: number, scripts: number,
 *   rehearsed_lines: number, signals: number, characters: OwnCharacter[], conversations_kept_days: number|null, confirmation: "password"|"login"|"nothing"}} OwnData
 * @typedef {{slug: string, name: string, published: boolean, conversations_of_others: number}} OwnCharacter
 * @typedef {{rule: "off"|"ask"|"on", given: boolean|null, kept: number}} LearningOut
 * @typedef {{id: string, title: string, character: string, deleted_at: string, purged_at: string}} DeletedConversation
 * @typedef {{id: string, at: string, action: string, outcome: "done"|"refused", count: number, person: string|null,
 *   login: string, key: string, guest: boolean, erased: boolean, address: string, target_kind: string, target_id: string,
 *   target_title: string, detail: Record<string, unknown>}} AuditEntryOut
 * @typedef {{items: AuditEntryOut[], next_cursor: string|null, kept_days: number}} AuditPage
 */

/**
 * Learning a part by heart.
 *
 * @typedef {{speaker: string, display: string, lines: number, scenes: number, known: number, started: number, due: number}} PartOut
 * @typedef {{number: number, heading: string|null, episode: string|null, lines: number, known: number, due: number}} PartSceneOut
 * @typedef {{speaker: string, text: string, direction: string|null}} LeadLine
 * @typedef {{known: boolean, due: boolean, due_at: string, attempts: number, rating: "again"|"hard"|"good"}} Progress
 * @typedef {{line: string, number: number, scene: number, heading: string|null, episode: string|null, lead: LeadLine[],
 *   cue: string, text: string, direction: string|null, initials: string, words: string, more: string,
 *   progress: Progress|null}} RehearsedLineOut
 * @typedef {{items: RehearsedLineOut[], total: number}} DueLines
 * @typedef {{text: string, mark: "right"|"missed"|"added"|"given"}} MarkedPieceOut
 * @typedef {{pieces: MarkedPieceOut[], words: number, wrong: number, rating: "again"|"hard"|"good"|null,
 *   progress: Progress|null, part: PartOut}} AttemptOut
 */

/**
 * Limits and usage.
 *
 * @typedef {{quota: "requests_a_minute"|"running_turns"|"tokens_a_day"|"uploads_a_day"|"storage_bytes", limit: number, used: number, left: number, resets_at: string|null}} QuotaOut
 * @typedef {{prompt_tokens: number, cached_tokens: number, completion_tokens: number, turns: number}} UsageSums
 * @typedef {{prompt_tokens: number, cached_tokens: number, completion_tokens: number, turns: number, day: string, storage_bytes: number}} UsageDayOut
 * @typedef {{id: string, slug: string|null, name: string|null}} UsedCharacter
 * @typedef {{kind: "person"|"guests"|"service", id: string|null, login: string|null, name: string|null}} UsedBy
 * @typedef {{prompt_tokens: number, cached_tokens: number, completion_tokens: number, turns: number, day: string, storage_bytes: number, character: UsedCharacter|null}} UsageItem
 * @typedef {{items: UsageItem[], next_cursor: string|null, first_day: string, last_day: string, totals: UsageSums, storage_bytes: number, days: UsageDayOut[], limits: QuotaOut[]}} UsageReport
 * @typedef {{prompt_tokens: number, cached_tokens: number, completion_tokens: number, turns: number, day: string, storage_bytes: number, character: UsedCharacter|null, by: UsedBy}} AdminUsageItem
 * @typedef {{prompt_tokens: number, cached_tokens: number, completion_tokens: number, turns: number, by: UsedBy}} TopPerson
 * @typedef {{prompt_tokens: number, cached_tokens: number, completion_tokens: number, turns: number, character: UsedCharacter|null}} TopCharacter
 * @typedef {{items: AdminUsageItem[], next_cursor: string|null, first_day: string, last_day: string, totals: UsageSums, days: UsageDayOut[], people: TopPerson[], characters: TopCharacter[]}} AdminUsageReport
 * @typedef {{quota: "requests_a_minute"|"running_turns"|"tokens_a_day"|"uploads_a_day"|"storage_bytes", limit: number|null, of_role: number|null, is_own: boolean, used: number|null}} PersonLimit
 * @typedef {{items: PersonLimit[]}} PersonLimitsOut
 */

/**
 * Lorebooks and keys.
 *
 * @typedef {{id: string, name: string, entries: number, enabled: boolean, embedded: boolean, created_at: string}}
 *   LorebookOut
 * @typedef {{id: string, name: string, entries: number, enabled: boolean, embedded: boolean, created_at: string,
 *   warnings: string[]}} AddedLorebook
 * @typedef {{items: KeyOut[], next_cursor: string|null, configured: boolean}} Keys
 * @typedef {{prefix: string, label: string, created_at: string, last_used_at: string|null,
 *   revoked_at: string|null, current: boolean}} KeyOut
 * @typedef {{prefix: string, label: string, created_at: string, last_used_at: string|null,
 *   revoked_at: string|null, current: boolean, key: string}} CreatedKey
 */

/**
 * The house: the engine's health, settings, backups.
 *
 * @typedef {{engine: EngineStatus, ready: boolean, context_length: number|null, queue: QueueHealth,
 *   replies: ReplyHealth, failures: FailureHealth[], servers: ServerHealth[], process: ProcessHealth}} EngineHealth
 * @typedef {{running: number, waiting: number, most_running: number, most_waiting: number, refused: number}} QueueHealth
 * @typedef {{seconds: number, replies: number, cut_off: number, first_token_ms: number|null,
 *   first_token_slow_ms: number|null, tokens_per_second: number|null}} ReplyHealth
 * @typedef {{kind: string, recent: number, total: number, seconds_ago: number|null, reason: string}} FailureHealth
 * @typedef {{number: number, available: boolean|null, detail: string, outstanding: number|null,
 *   failures: number|null, reports: boolean, running: number|null, waiting: number|null, cache_used: number|null,
 *   first_token_ms: number|null}} ServerHealth
 * @typedef {{since: string, address: string|null}} ServiceProcess
 * @typedef {{version: string, started_at: string, pid: number, others_known: boolean, processes: ServiceProcess[],
 *   turns: number, indexing: number, indexing_waiting: number}} ProcessHealth
 * @typedef {{name: string, variable: string, value: string, default: string, changed: boolean,
 *   source: "default"|"environment"|"command_line", set_by: string, secret: boolean, about: string}} SettingOut
 * @typedef {{items: SettingOut[], unknown: string[]}} SettingsInForce
 * @typedef {{items: BackupFileOut[], run: BackupRunOut|null}} Backups
 * @typedef {{name: string, size: number, created_at: string}} BackupFileOut
 * @typedef {{name: string, state: "running"|"done"|"failed", step: string, table: number, tables: number,
 *   done: number, total: number, size: number, rows: number,
 *   problem: "disk"|"database"|"write"|"cancelled"|"other"|null, error: string}} BackupRunOut
 */

/**
 * Language models.
 *
 * @typedef {{items: LanguageModelOut[], kind: "embedded"|"openai"|"scripted", setting: string, chosen: string,
 *   reason: ModelReason|null, machine: ModelMachine, pull: ModelPull|null, switch: ModelSwitch|null}} LanguageModels
 * @typedef {{name: string, title: string, about: string, about_zh: string, licence: string, licence_url: string,
 *   licence_class: "free"|"registration"|"gated"|"non-commercial", languages: string[], context_length: number,
 *   engines: string[], size: number|null, stand_in: boolean, present: boolean, partial: number, answering: boolean,
 *   fit: "good"|"slow"|"memory"|"cores"|"disk"|"unknown"|null, speed: ModelSpeed|null,
 *   vllm_command: string[]}} LanguageModelOut
 * @typedef {{code: string, model: string, figures: Record<string, number>}} ModelReason
 * @typedef {{memory: number, cores: number, disk: number}} ModelMachine
 * @typedef {{prompt: number, reply: number, measured: boolean}} ModelSpeed
 * @typedef {{model: string, state: "running"|"done"|"failed"|"cancelled", done: number, total: number|null,
 *   step: string, error: string}} ModelPull
 * @typedef {{model: string, state: "running"|"done"|"failed", error: string}} ModelSwitch
 */

/**
 * Adapters.
 *
 * @typedef {{name: string, base: string, base_title: string, rank: number, size: number, files: AdapterFile[],
 *   card: Record<string, unknown>, status: "served"|"other_base"|"not_served"|"files_missing"|"engine_away", detail: string, in_force: CharacterName[],
 *   created_at: string}} AdapterOut
 * @typedef {{name: string, size: number, sha256: string}} AdapterFile
 * @typedef {{slug: string, name: string}} CharacterName
 * @typedef {{items: AdapterOut[], model: string|null, most_bytes: number}} AdaptersOut
 * @typedef {{in_force: string|null, status: "served"|"other_base"|"not_served"|"files_missing"|"engine_away"|null, model: string|null, before: string|null,
 *   least_replies: number, items: AdapterForCharacter[]}} CharacterAdapters
 * @typedef {{name: string, base: string, rank: number, size: number, status: "served"|"other_base"|"not_served"|"files_missing"|"engine_away", detail: string,
 *   audition: AdapterAuditionOut,
 *   reason: "audition_needed"|"audition_outdated"|"adapter_not_served"|"adapter_not_better"|"adapter_in_force"|null,
 *   failed: FailedFigure[]}} AdapterForCharacter
 * @typedef {{status: "never"|"running"|"interrupted"|"failed"|"done", progress: number|null, error_code: string|null,
 *   error: string|null, against: string|null, finished_at: string|null, result: AdapterResult|null}} AdapterAuditionOut
 * @typedef {{figure: "likelihood"|"speakers"|"copying", value: number, low: number, high: number, bound: number}} FailedFigure
 * @typedef {{adapter: SideOut, in_force: SideOut, true_right: number, true_copied: number, differences: DifferencesOut,
 *   replies: number, written: number, scenes: number, trained_here: boolean, most_copying: number, model: string,
 *   speakers: string[], samples: AdapterSample[]}} AdapterResult
 * @typedef {{nats_a_token: IntervalOut, right: IntervalOut, copied: IntervalOut}} SideOut
 * @typedef {{bits_a_reply: IntervalOut, nats_a_token: IntervalOut, right: IntervalOut, copied: IntervalOut}} DifferencesOut
 * @typedef {{scene: number, said_before: string, true: string, adapter: string, in_force: string}} AdapterSample
 */

/**
 * A page of a list.
 *
 * @template T
 * @typedef {{items: T[], next_cursor: string|null}} PageOf
 */

export {};
