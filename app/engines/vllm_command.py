"""Write down the commands that serve a model of the catalogue with vLLM."""

from app.engines.model_entry import ModelEntry

_STRUCTURED_OUTPUTS = '{"backend": "guidance", "disable_any_whitespace": true}'
"""Else small models fill a reply with the white space that JSON permits between any two tokens."""


_MOST_ADAPTERS, _MOST_RANK = 8, 16
"""Adapters that a batch may mix, and the largest rank: vLLM reserves memory for both."""


def vllm_commands(entry: ModelEntry) -> list[list[str]]:
    """Return the commands in their order, as arguments; none for a model vLLM does not serve.

    The last one starts the server. ``docs/deploy.md`` explains the options.
    """
    if entry.vllm is None:
        return []
    commands: list[list[str]] = []
    served = entry.vllm
    name = entry.vllm.partition("/")[2].lower()
    if entry.vllm_converts:
        source, served = f"models/{name}-hf", f"models/{name}"
        commands.append(["hf", "download", entry.vllm, "--local-dir", source])
        commands.append(["offbook", "convert-index", source, served])
    serve = ["vllm", "serve", served]
    if entry.vllm_converts:
        serve += ["--served-model-name", name]
    commands.append(
        [
            *serve,
            *("--max-model-len", str(entry.context_length)),
            *("--enable-prefix-caching", "--enable-prompt-tokens-details"),
            "--enable-tokenizer-info-endpoint",
            *("--structured-outputs-config", _STRUCTURED_OUTPUTS),
            # Adapters of characters; VLLM_ALLOW_RUNTIME_LORA_UPDATING=True lets Offbook load them.
            *("--enable-lora", "--max-loras", str(_MOST_ADAPTERS)),
            *("--max-lora-rank", str(_MOST_RANK)),
        ]
    )
    return commands
