"""Ask language models for verdicts, behind a gate that they have to pass first."""
