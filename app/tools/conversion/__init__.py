"""A Hugging Face checkpoint of Index-1.9B becomes a plain Llama one that vLLM serves as it is.

The entry is :func:`app.tools.conversion.converter.convert_index`; ``offbook convert-index`` is its
command. What it needs beyond the service itself comes with the extras ``convert`` and, for
``.bin`` shards, ``convert-bin``.
"""
