"""What the model is asked to paint while it is judged, and which of a prompt's words name the subject.

The lists are those of the DreamBooth paper's evaluation (arXiv 2208.12242, section 4.1 and supplement): 25 prompts for
objects (20 places, 5 properties), 25 for live subjects (10 places, 10 outfits, 5 properties). `{}` stands for the
subject's words, "sks dog", or for those of its class, "dog".
"""

from __future__ import annotations

import re
from typing import NamedTuple

from jupyter_spaces.errors import ConfigError, InputError, did_you_mean

_PLACES = (
    "a {} in the jungle",
    "a {} in the snow",
    "a {} on the beach",
    "a {} on a cobblestone street",
    "a {} on top of pink fabric",
    "a {} on top of a wooden floor",
    "a {} with a city in the background",
    "a {} with a mountain in the background",
    "a {} with a blue house in the background",
    "a {} on top of a purple rug in a forest",
)
_MORE_PLACES = (
    "a {} with a wheat field in the background",
    "a {} with a tree and autumn leaves in the background",
    "a {} with the Eiffel Tower in the background",
    "a {} floating on top of water",
    "a {} floating in an ocean of milk",
    "a {} on top of green grass with sunflowers around it",
    "a {} on top of a mirror",
    "a {} on top of the sidewalk in a crowded street",
    "a {} on top of a dirt road",
    "a {} on top of a white rug",
)
_OUTFITS = (
    "a {} wearing a red hat",
    "a {} wearing a santa hat",
    "a {} wearing a rainbow scarf",
    "a {} wearing a black top hat and a monocle",
    "a {} in a chef outfit",
    "a {} in a firefighter outfit",
    "a {} in a police outfit",
    "a {} wearing pink glasses",
    "a {} wearing a yellow shirt",
    "a {} in a purple wizard outfit",
)
_PROPERTIES = ("a red {}", "a purple {}", "a shiny {}", "a wet {}", "a cube shaped {}")

PROMPTS: dict[str, tuple[str, ...]] = {
    "object": (*_PLACES, *_MORE_PLACES, *_PROPERTIES),
    "live": (*_PLACES, *_OUTFITS, *_PROPERTIES),
}
"""The paper's prompts by kind of subject."""

CONTEXTS = ("a {} in the snow", "a {} on the beach", "a red {}")
"""Three that are in both lists, for a look between two checkpoints."""

_ARTICLES = ("a", "an", "the")
# What ends the words of a class: "sks dog | in the garden".
_ENDS = frozenset([
    "in", "on", "at", "with", "of", "under", "near", "by", "from", "over", "behind", "beside", "before", "against",
    "wearing", "made", ",", ".", ";", ":", "!", "?",
])  # fmt: skip


class Subject(NamedTuple):
    """Which words are the subject."""

    words: str  # "sks dog"
    identifier: str  # "sks"
    class_words: str  # "dog"


def prompts_for(kind: str, words: str) -> list[str]:
    """The paper's 25 prompts for an "object" or a "live" subject, about these words: "sks dog", or "dog"."""
    if kind not in PROMPTS:
        raise InputError(
            f"kind={kind!r}: the paper has prompts for {' and for '.join(map(repr, PROMPTS))} subjects."
            f"{did_you_mean(kind, PROMPTS)}",
            parameter="kind",
        )
    return [fill(template, words) for template in PROMPTS[kind]]


def fill(template: str, words: str) -> str:
    """The template with the words in the place of its `{}`."""
    if "{}" not in template:
        raise InputError(
            f"prompts: {template!r} does not say where the subject goes. Write {{}} there, as in 'a {{}} in the snow'.",
            parameter="prompts",
        )
    return template.replace("{}", words)


def subject_of(instance_prompt: str, class_prompt: str) -> Subject:
    """Find the identifier and the class words: what the instance prompt has more than the class prompt, and the words
    after it that both have.

    "a photo of sks dog" and "a photo of a dog" give "sks dog", "sks", "dog". Raises `ConfigError` with a sentence when
    the two differ in anything else than the identifier and an article.
    """
    ours, theirs = _words(instance_prompt), _words(class_prompt)
    start = _alike(ours, theirs)
    end = _alike(ours[start:][::-1], theirs[start:][::-1])
    more, other = ours[start : len(ours) - end], theirs[start : len(theirs) - end]
    while more and more[0].lower() in _ARTICLES:
        more = more[1:]
    shared = ours[len(ours) - end :]
    noun = shared[: next((place for place, word in enumerate(shared) if word.lower() in _ENDS), len(shared))]
    if not more:
        raise _unfit(instance_prompt, class_prompt, "the instance prompt has no word of its own that names the subject")
    if any(word.lower() not in _ARTICLES for word in other) or any(word.lower() in _ENDS for word in more):
        raise _unfit(instance_prompt, class_prompt, "they differ in more than the word that names the subject")
    if not noun:
        raise _unfit(instance_prompt, class_prompt, f"no class word follows {' '.join(more)!r} in both")
    return Subject(" ".join([*more, *noun]), " ".join(more), " ".join(noun))


def _words(prompt: str) -> list[str]:
    return re.findall(r"[^\s,.;:!?]+|[,.;:!?]", prompt)


def _alike(ours: list[str], theirs: list[str]) -> int:
    """How many words from the start on are the same."""
    pairs = enumerate(zip(ours, theirs, strict=False))
    return next((place for place, (a, b) in pairs if a.lower() != b.lower()), min(len(ours), len(theirs)))


def _unfit(instance_prompt: str, class_prompt: str, why: str) -> ConfigError:
    return ConfigError(
        f"instance_prompt: {instance_prompt!r} and class_prompt: {class_prompt!r} do not fit each other: {why}. Write "
        "the same sentence twice, with a rare word before the class in the first: 'a photo of sks dog' and 'a photo of "
        "a dog'.",
        field="class_prompt",
    )
