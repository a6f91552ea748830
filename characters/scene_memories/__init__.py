"""Ask a model what a character remembers of a scene, and clean what it answers.

A memory is one or two sentences in the first person: "Ambrose had hidden the letter, and I
pretended not to see it."
"""

from characters.scene_memories.cleaning import clean_memory
from characters.scene_memories.prompt import SceneMemoryDraft, SceneMemoryPrompt, prompt_length

__all__ = ["SceneMemoryDraft", "SceneMemoryPrompt", "clean_memory", "prompt_length"]
