"""Measures a trained pipeline: agreement of its pictures with prompts it has never seen, and what it costs.

Every prompt names an object-colour pair that no training picture shows. `check` reads the pictures; only what the
prompt asks for is compared, and a picture agrees when all of it does.
"""

# mypy: disable-error-code="attr-defined,no-untyped-call,operator"
# diffusers builds its classes with decorators and lazy imports that mypy cannot follow.

import time
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image

from recipes.tiny.check import agrees, read
from recipes.tiny.draw import SIDE, draw
from recipes.tiny.world import Scene, sample_scene

STEPS = 20
GUIDANCE = 4.0


@dataclass(frozen=True)
class Question:
    """A prompt, the scene it describes and which properties of the scene it fixes."""

    prompt: str
    scene: Scene
    asked: frozenset[str]


def _ask(prompt: str, kind: str, colour: str, **more: str) -> Question:
    return Question(
        prompt, Scene(kind, colour, **more), frozenset({"kind", "colour", *more} - {"background", "texture"})
    )


QUESTIONS: tuple[Question, ...] = (
    _ask("a red boat", "boat", "red"),
    _ask("a red boat on the sea", "boat", "red", background="sea"),
    _ask("a large blue star on a white background", "star", "blue", size="large", background="white"),
    _ask("a small purple circle on the left, on a white background", "circle", "purple", size="small", place="left"),
    _ask("a photo of an orange square on the right", "square", "orange", place="right"),
    _ask("a small pink triangle at the top on black", "triangle", "pink", size="small", place="top"),
    _ask("a green heart on a white background", "heart", "green", background="white"),
    _ask("a small red ring at the bottom", "ring", "red", size="small", place="bottom"),
    _ask("a brown cross on a white background", "cross", "brown", background="white"),
    _ask("a yellow diamond in the night sky", "diamond", "yellow", background="night"),
    _ask("a large pink moon at night", "moon", "pink", size="large", background="night"),
    _ask("a purple house in the snow", "house", "purple", background="snow"),
    _ask("a drawing of a blue tree on the grass", "tree", "blue", background="grass"),
    _ask("a large orange fish on the water", "fish", "orange", size="large", background="sea"),
    _ask("a purple flower on a white background", "flower", "purple", background="white"),
    _ask("a green car on the beach", "car", "green", background="sand"),
    _ask("a large yellow mug on a black background", "mug", "yellow", size="large", background="black"),
    _ask("a blue mushroom on the grass", "mushroom", "blue", background="grass"),
    _ask("a red butterfly in the sky", "butterfly", "red", background="sky"),
    _ask("an orange umbrella on the beach", "umbrella", "orange", background="sand"),
    _ask("a black dog on the grass", "dog", "black", background="grass"),
    _ask("a photo of a white cat on a black background", "cat", "white", background="black"),
    _ask("a large green backpack on a white background", "backpack", "green", size="large", background="white"),
    _ask("a pink can on a black background", "can", "pink", background="black"),
    _ask("a brown bottle on the left, in the snow", "bottle", "brown", place="left", background="snow"),
)


@torch.no_grad()
def paint(
    pipeline: StableDiffusionPipeline,
    prompts: list[str],
    seeds: list[int],
    steps: int = STEPS,
    guidance: float = GUIDANCE,
) -> list[npt.NDArray[np.uint8]]:
    """One picture per prompt and seed pair, each from a generator of its own."""
    pipeline.set_progress_bar_config(disable=True)
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    result = pipeline(
        prompts, num_inference_steps=steps, guidance_scale=guidance, generator=generators, output_type="np"
    )
    return list((result.images * 255).round().astype(np.uint8))


@dataclass(frozen=True)
class Report:
    """Agreement by property, overall (every asked property at once) and by prompt; the pictures, prompt by prompt."""

    properties: dict[str, float]
    overall: float
    prompts: dict[str, float]
    pictures: list[list[npt.NDArray[np.uint8]]]


def agreement(
    pipeline: StableDiffusionPipeline,
    questions: tuple[Question, ...] = QUESTIONS,
    seeds: tuple[int, ...] = (0, 1, 2, 3),
    steps: int = STEPS,
    guidance: float = GUIDANCE,
) -> Report:
    """Paints every question with every seed and lets `check` compare."""
    hits: defaultdict[str, list[bool]] = defaultdict(list)
    prompts, pictures = {}, []
    for question in questions:
        painted = paint(pipeline, [question.prompt] * len(seeds), list(seeds), steps, guidance)
        answers = [agrees(question.scene, read(picture), question.asked) for picture in painted]
        for answer in answers:
            for name, hit in answer.items():
                hits[name].append(hit)
        whole = [all(answer.values()) for answer in answers]
        hits["all"] += whole
        prompts[question.prompt] = float(np.mean(whole))
        pictures.append(painted)
    shares = {name: float(np.mean(values)) for name, values in hits.items()}
    return Report({name: share for name, share in shares.items() if name != "all"}, shares["all"], prompts, pictures)


def agreement_on_drawings(count: int = 500, seed: int = 99) -> dict[str, float]:
    """How often the check reads from plain drawings what they were drawn from; no place where there is little room."""
    rng = np.random.default_rng(seed)
    hits: defaultdict[str, list[bool]] = defaultdict(list)
    while len(hits["kind"]) < count:
        scene = sample_scene(rng)
        if scene.texture != "plain":
            continue
        asked = frozenset({"kind", "colour", "size"} | ({"place"} if scene.size != "large" else set()))
        for name, hit in agrees(scene, read(draw(scene, rng)), asked).items():
            hits[name].append(hit)
    return {name: float(np.mean(values)) for name, values in hits.items()}


def seconds_per_picture(pipeline: StableDiffusionPipeline, threads: int, steps: int = STEPS, repeats: int = 5) -> float:
    """The median time of a single picture on so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    times = []
    for seed in range(repeats + 1):
        start = time.perf_counter()
        paint(pipeline, ["a red boat"], [seed], steps)
        times.append(time.perf_counter() - start)
    torch.set_num_threads(before)
    return float(np.median(times[1:]))


def grid(pictures: list[list[npt.NDArray[np.uint8]]], blocks: int = 3, gap: int = 2) -> Image.Image:
    """The pictures, a row per prompt, the rows in `blocks` side by side."""
    columns, rows = len(pictures[0]), -(-len(pictures) // blocks)
    cell, wide = SIDE + gap, columns * (SIDE + gap) + 4 * gap
    sheet = Image.new("RGB", (blocks * wide - 4 * gap + gap, rows * cell + gap), (255, 255, 255))
    for number, row in enumerate(pictures):
        for column, picture in enumerate(row):
            x = (number // rows) * wide + column * cell + gap
            sheet.paste(Image.fromarray(picture), (x, (number % rows) * cell + gap))
    return sheet
