"""The shapes of SillyTavern's requests, written down by hand from its documented behaviour.

Chat Completion with the source "Custom (OpenAI-compatible)", and Text Completion of the type vLLM
and Default. Its server adds the key as a bearer, and ``undefined`` or nothing where there is none.
"""

from tests.app.running import Json

HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer undefined"}

_SETTINGS: Json = {
    "temperature": 1,
    "max_tokens": 300,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "top_p": 1,
    "logit_bias": {},
}

_CARD = [
    {"role": "system", "content": "Write Ben's next reply in a fictional chat with Mara."},
    {"role": "system", "content": "Ben is here."},
    {"role": "system", "name": "example_user", "content": "Is it cold up there?"},
    {"role": "system", "name": "example_assistant", "content": "Bring a coat."},
    {"role": "system", "content": "[Start a new Chat]"},
]
_CHAT = [
    {"role": "assistant", "content": "Mind the stairs."},
    {"role": "user", "content": "Good morning, Ben."},
    {"role": "system", "content": "[The storm is near.]"},
    {"role": "assistant", "content": "Morning."},
    {"role": "user", "content": "Is the lamp still burning?"},
]
_POST_HISTORY = {"role": "system", "content": "[Stay in character.]"}


def _body(messages: list[Json], **fields: object) -> Json:
    return {"model": "ben", "messages": messages, "stream": False, **_SETTINGS, **fields}


TEST_MESSAGE = _body([{"role": "user", "content": "Hi"}])
"""The button "Test message" of the connection panel."""

SEND = _body([*_CARD, *_CHAT, _POST_HISTORY], stream=True)
NOT_STREAMED = _body([*_CARD, *_CHAT, _POST_HISTORY])
NO_MODEL = _body([*_CARD, *_CHAT], model="")
SWIPES = _body([*_CARD, *_CHAT], n=3, stream=True)
CONTINUE = _body(
    [
        *_CARD,
        *_CHAT,
        {"role": "assistant", "content": "The lamp has burned"},
        {
            "role": "system",
            "content": "[Continue your last message without repeating its original content.]",
        },
    ]
)
CONTINUE_PREFILL = _body([*_CARD, *_CHAT, {"role": "assistant", "content": "The lamp has burned"}])
IMPERSONATE = _body(
    [*_CARD, *_CHAT, {"role": "system", "content": "[Write the next reply as Mara.]"}]
)
QUIET = _body([*_CARD, *_CHAT, {"role": "system", "content": "[Pause. Sum up what happened.]"}])
GROUP = _body(
    [
        *_CARD,
        {"role": "user", "name": "Mara", "content": "Mara: Hello, you two."},
        {"role": "assistant", "name": "Clara", "content": "Clara: Hello, Mara."},
        {"role": "system", "content": "[Write the next reply only as Ben.]"},
    ],
    stream=True,
)
INLINE_IMAGE = _body(
    [
        *_CARD,
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {
                    "type": "image_url",
                    "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"},
                },
            ],
        },
    ]
)
EVERYTHING = _body(
    [*_CARD, *_CHAT],
    stop=["\nMara:", "***", "<|end|>", "OOC"],
    seed=42,
    logprobs=True,
    top_logprobs=5,
    tools=[{"type": "function", "function": {"name": "roll", "parameters": {"type": "object"}}}],
    tool_choice="auto",
    top_k=40,
    repetition_penalty=1.1,
    min_p=0.05,
    custom_prompt_post_processing="",
    include_reasoning=True,
    user_name="Mara",
    char_name="Ben",
)

CHAT_SHAPES = {
    "test message": TEST_MESSAGE,
    "not streamed": NOT_STREAMED,
    "no model": NO_MODEL,
    "continue": CONTINUE,
    "continue with prefill": CONTINUE_PREFILL,
    "impersonate": IMPERSONATE,
    "quiet prompt": QUIET,
    "inline image": INLINE_IMAGE,
    "everything": EVERYTHING,
}
STREAMED_CHAT_SHAPES = {"send": SEND, "swipes": SWIPES, "group": GROUP}

_PROMPT = "Ben keeps the lighthouse.\n***\nBen: Morning.\nMara: Is the lamp burning?\nBen:"
TEXT_VLLM: Json = {
    "prompt": _PROMPT,
    "model": "index-raw",
    "max_tokens": 200,
    "n": 1,
    "best_of": 1,
    "ignore_eos": False,
    "stop": ["\nMara:", "\nClara:", "\nBen:", "\n***", "\nAnna:"],
    "temperature": 0.9,
    "top_p": 1,
    "top_k": -1,
    "min_p": 0.1,
    "repetition_penalty": 1.05,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "length_penalty": 1,
    "early_stopping": False,
    "min_tokens": 0,
    "skip_special_tokens": True,
    "spaces_between_special_tokens": True,
    "include_stop_str_in_output": False,
    "seed": -1,
    "stream": True,
}
TEXT_DEFAULT: Json = {
    "prompt": _PROMPT,
    "max_new_tokens": 200,
    "max_tokens": 200,
    "temperature": 0.9,
    "top_p": 1,
    "typical_p": 1,
    "typical": 1,
    "sampler_seed": -1,
    "min_p": 0.1,
    "repetition_penalty": 1.05,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "top_k": 0,
    "skew": 0,
    "min_tokens": 0,
    "add_bos_token": True,
    "smoothing_factor": 0,
    "smoothing_curve": 1,
    "dry_allowed_length": 2,
    "dry_multiplier": 0,
    "dry_base": 1.75,
    "dry_sequence_breakers": '["\\n", ":"]',
    "dry_penalty_last_n": 0,
    "max_tokens_second": 0,
    "stopping_strings": ["\nMara:"],
    "stop": ["\nMara:"],
    "truncation_length": 4096,
    "ban_eos_token": False,
    "skip_special_tokens": True,
    "top_a": 0,
    "tfs": 1,
    "mirostat_mode": 0,
    "mirostat_tau": 5,
    "mirostat_eta": 0.1,
    "custom_token_bans": "",
    "banned_strings": [],
    "sampler_priority": ["temperature", "top_p"],
    "guidance_scale": 1,
    "negative_prompt": "",
    "grammar_string": "",
    "json_schema": {},
    "stream": False,
}
VECTORS: Json = {"input": ["第一段。", "第二段。"], "model": ""}
