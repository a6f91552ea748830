"""Convert a Hugging Face checkpoint of Index-1.9B to plain Llama, which vLLM serves as it is.

The entry is :func:`app.tools.conversion.converter.convert_index`; ``offbook convert-index`` is its
command. Its packages beyond the service's own come with the extras ``convert`` and, for ``.bin``
shards, ``convert-bin``.
"""
