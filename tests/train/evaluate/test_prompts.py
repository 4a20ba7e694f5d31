"""The paper's prompts, and the subject's words found in two prompts."""

from __future__ import annotations

import pytest

from jupyter_spaces.errors import ConfigError, InputError
from jupyter_spaces.train.evaluate import PROMPTS, prompts_for, subject_of
from jupyter_spaces.train.evaluate.prompts import CONTEXTS, fill


def test_each_kind_of_subject_has_its_25_prompts() -> None:
    """20 places and 5 properties for objects; 10 places, 10 outfits and 5 properties for live subjects."""
    for kind in ("object", "live"):
        prompts = prompts_for(kind, "sks dog")
        assert len(set(prompts)) == 25
        assert all(prompt.count("sks dog") == 1 and "{" not in prompt for prompt in prompts)
    assert "a sks can on top of a mirror" in prompts_for("object", "sks can")
    assert "a sks dog in a chef outfit" in prompts_for("live", "sks dog")
    assert len(set(PROMPTS["object"]) & set(PROMPTS["live"])) == 15
    assert all(context in PROMPTS["object"] and context in PROMPTS["live"] for context in CONTEXTS)


def test_an_unknown_kind_is_answered_with_the_known_ones() -> None:
    """And with the closest of them."""
    with pytest.raises(InputError, match=r"'object' and for 'live' subjects. Did you mean 'object'"):
        prompts_for("objects", "sks dog")
    with pytest.raises(InputError, match="does not say where the subject goes"):
        fill("a dog in the snow", "sks dog")


@pytest.mark.parametrize(
    ("instance", "of_class", "found"),
    [
        ("a photo of sks dog", "a photo of a dog", ("sks dog", "sks", "dog")),
        ("a photo of a sks dog", "a photo of a dog", ("sks dog", "sks", "dog")),
        ("a photo of sks dog", "a photo of dog", ("sks dog", "sks", "dog")),
        ("sks dog", "dog", ("sks dog", "sks", "dog")),
        ("A photo of sks Dog", "a photo of a dog", ("sks Dog", "sks", "Dog")),
        ("a photo of <my-dog> dog", "a photo of a dog", ("<my-dog> dog", "<my-dog>", "dog")),
        ("a photo of sks zwx tin can", "a photo of a tin can", ("sks zwx tin can", "sks zwx", "tin can")),
        ("a photo of sks dog in the snow", "a photo of a dog in the snow", ("sks dog", "sks", "dog")),
        ("sks dog, studio light", "a dog, studio light", ("sks dog", "sks", "dog")),
        ("a photo of the sks orange", "a photo of an orange", ("sks orange", "sks", "orange")),
    ],
)
def test_the_subject_is_what_the_instance_prompt_has_more(
    instance: str, of_class: str, found: tuple[str, str, str]
) -> None:
    """The identifier is the difference; the class words are what both say after it."""
    assert subject_of(instance, of_class) == found


@pytest.mark.parametrize(
    ("instance", "of_class", "why"),
    [
        ("a photo of a dog", "a photo of a dog", "no word of its own"),
        ("a photo of sks dog", "a photo of a cat", "differ in more"),
        ("a photo of sks dog", "a photo of a big dog", "differ in more"),
        ("a photo of sks dog", "dog", "differ in more"),
        ("a photo of sks", "a photo of", "no class word follows 'sks'"),
        ("a photo of sks in the snow", "a photo of a in the snow", "no class word follows 'sks'"),
        ("sks", "", "no class word follows 'sks'"),
    ],
)
def test_prompts_that_do_not_fit_each_other_are_refused(instance: str, of_class: str, why: str) -> None:
    """With both of them, the reason, and a pair that fits."""
    with pytest.raises(ConfigError, match=f"{why}.*'a photo of sks dog' and 'a photo of a dog'") as refused:
        subject_of(instance, of_class)
    assert refused.value.field == "class_prompt"
