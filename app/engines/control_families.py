"""List control tokens of known model families, for models whose own list is unavailable.

Sources: the ``tokenizer_config.json`` and chat templates of the families named below, and
llama.cpp's ``src/llama-vocab.cpp``, which finds end-of-turn and fill-in-the-middle tokens by these
names.
"""

PATTERNS = (
    r"<\|[^<>\n]{1,64}?\|>",  # ChatML, Llama 3, Phi, Command R, gpt-oss, DeepSeek (full-width bars)
    r"<\|/?[a-z_]{1,32}>",  # Jamba, Granite and ERNIE leave out the second bar
    r"<[/]?s>",
    r"<(?:unused|extra_id_|reserved_|special_|sentinel_|pad|mask_)\d{1,5}>",
    r"<(?:start|end)_of_(?:turn|image|audio|video|utterance|text|role)>",
    r"</?(?:think|thinking|thought|reasoning|answer|tool|tools|tool_call|tool_calls|tool_response"
    r"|tool_result|tool_results|function|function_call|functions|response|system|assistant)>",
    r"<(?:fim|file|repo|code|commit|issue|jupyter|gh|empty)_[a-z_]{2,20}>",
    r"<(?:bos|eos|pad|unk|mask|sep|cls|sop|eop|eod|eot|pre|suf|mid|image|audio|video|step)>",
    r"<(?:bos|eos|eot|eog|pad|unk|start_of_turn|end_of_turn)_token>",
    r"</?(?:image|img|box|quad|ref|vision)>",
    r"<\[[^<>\n]{1,64}?\]>",  # Seed
    r"<seed:[a-z_/]{1,32}>",
    r"<</?sys>>",
    r"\[/?(?:inst|available_tools|tool_results|tool_calls|tool_content|system_prompt|think"
    r"|model_settings|args|call_id|img|img_break|img_end|audio|begin_audio|prefix|middle|suffix"
    r"|multimodal|cls|sep|pad|mask|unk|bos|eos|gmask|smask|control_\d{1,5}|pad\d{1,6})\]",
    r"\][~<!]+[a-z]{1,16}\[",  # MiniMax
    r"\[e~\[",
    r"reserved_\d{1,5}",  # Index
)
"""Regular expressions over folded text (:mod:`app.engines.control_tokens`), in lower case. Each
begins with a literal character or a group of literals, so that searching for all stays fast."""

EXTENSIBLE = ("reserved_0", "reserved_1")
"""Control tokens that a template may end with and that a following text could extend:
``reserved_1`` and a message that begins with ``0``."""

REQUIRED = "<[]_"
"""Characters; every text that a pattern matches contains at least one of them."""
