"""A loaded diffusers pipeline that is called the short way: `pipe("a red boat", steps=20, seed=7)` is a picture.

The real pipeline is `pipe.diffusers`, and every attribute that is not here is its own (`pipe.scheduler = ...`,
`pipe.load_lora_weights(...)`, `pipe.unet`). Each call works on a shallow copy with a scheduler of its own: a pipeline
keeps the state of its run in itself and in its scheduler, and a cell and a Space's job may paint at the same time.

Progress and cancellation need no code here: every denoising loop of diffusers updates a tqdm bar per step, and inside
a job the bridge in `jupyter_spaces.jobs` turns that into the job's progress and raises when the job was cancelled.

`torch.inference_mode` is not entered on purpose: diffusers' own `no_grad` holds in any thread, and what comes out
(latents, embeddings) may still be trained on; inference tensors may not.
"""

from __future__ import annotations

import copy
import inspect
import random
import traceback
import warnings
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import InputError, ModelError, ModelTooLarge, did_you_mean
from jupyter_spaces.jobs import assign_device
from jupyter_spaces.models.devices import empty_cache, leave_a_core, out_of_memory
from jupyter_spaces.models.tasks import auto_class, task_of
from jupyter_spaces.models.weights import model_bytes, modules_of, number_format, readable, where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

# The short names of `__call__` -> the names that diffusers' pipelines use.
NAMES = {
    "negative_prompt": "negative_prompt", "steps": "num_inference_steps", "guidance_scale": "guidance_scale",
    "width": "width", "height": "height", "n": "num_images_per_prompt", "image": "image", "mask": "mask_image",
    "strength": "strength",
}  # fmt: skip


class Pipeline:
    """A diffusers pipeline in the ledger: call it, or use it as the pipeline that it wraps."""

    _OWN = frozenset({"name", "source", "_pipeline"})

    def __init__(self, pipeline: Any, *, name: str, source: str, device: str) -> None:
        self.name = name
        self.source = source
        self._pipeline = pipeline
        self._placed(device)

    def __call__(
        self,
        prompt: str | list[str] | None = None,
        *,
        negative_prompt: str | None = None,
        steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        width: int | None = None,
        height: int | None = None,
        n: int = 1,
        image: Image.Image | None = None,
        mask: Image.Image | None = None,
        strength: float | None = None,
        **options: Any,
    ) -> Any:
        """Paint `prompt`: one PIL image, or a list of `n` (or of one per prompt).

        steps: denoising steps; more are slower and finer. guidance_scale: how closely the prompt is followed, 1 is
        without guidance and without `negative_prompt`. seed: the same seed gives the same picture, on every device,
        because the noise is drawn on the CPU; picture `i` of several is that of `seed + i`. Without a seed one is
        drawn; either way it is in `picture.info["seed"]`. width, height: pixels, multiples of 8. image: start from this
        picture; strength, 0 to 1, says how much of it may change. mask: white is painted anew, black is kept.
        What is None is left to the pipeline. Other `options` go to the pipeline by diffusers' names.

        Raises `InputError` for an option that this pipeline does not have, `ModelTooLarge` when the device's memory
        runs out, and `JobCancelled` within one step when the surrounding job is cancelled.
        """
        leave_a_core()
        short = {
            "negative_prompt": negative_prompt or None, "steps": steps, "guidance_scale": guidance_scale,
            "width": width, "height": height, "n": n if n != 1 else None, "image": image, "mask": mask,
            "strength": strength,
        }  # fmt: skip
        given = {name: value for name, value in short.items() if value is not None}
        pipeline = self._for_call(given)
        accepted = inspect.signature(pipeline.__call__).parameters
        arguments = self._arguments(given, options, accepted, type(pipeline).__name__)
        if prompt is not None:
            arguments["prompt"] = prompt
        pictures = n * (len(prompt) if isinstance(prompt, list) else 1)
        seeds: list[int] = []
        if "generator" in accepted and "generator" not in arguments:
            seeds = _seeds(seed, pictures)
            arguments["generator"] = _generators(seeds)
        try:
            output = pipeline(**arguments)
        except Exception as error:
            if not out_of_memory(error):
                raise
            # The frames of the failed run hold its tensors; without them the memory comes back.
            traceback.clear_frames(error.__traceback__)
            empty_cache(self.device)
            raise ModelTooLarge(
                f"{self.name!r} ran out of memory on {self.device} while painting. Ask for smaller or fewer pictures, "
                "call pipe.enable_attention_slicing() or pipe.vae.enable_tiling(), or free another model, see "
                "models.list()."
            ) from None
        images = getattr(output, "images", None)
        if not isinstance(images, list):
            return output if images is None else images
        return _signed(images, seeds, flagged=getattr(output, "nsfw_content_detected", None))

    @property
    def diffusers(self) -> Any:
        """The diffusers pipeline itself, for code that wants one."""
        if self._pipeline is None:
            raise ModelError(
                f"The model {self.name!r} was freed. Load it again: models.load({self.source!r}, name={self.name!r})."
            )
        return self._pipeline

    @property
    def task(self) -> str | None:
        """ "text-to-image", "image-to-image", "inpainting", or None for a pipeline of another kind."""
        return task_of(self.diffusers)

    @property
    def device(self) -> str:
        """Where its weights are: "cpu", "cuda:0", "mps"."""
        return where(self.diffusers)

    @property
    def dtype(self) -> str:
        """The number format of its weights: "float32", "float16", "bfloat16"."""
        return number_format(self.diffusers)

    @property
    def nbytes(self) -> int:
        """Bytes of its parameters and buffers."""
        return 0 if self._pipeline is None else model_bytes(self._pipeline)

    def to(self, *arguments: Any, **options: Any) -> Pipeline:
        """Move it, or change its number format, as `torch.nn.Module.to` does; jobs queue for the new device."""
        self.diffusers.to(*arguments, **options)
        self._placed(self.device)
        return self

    def replace(self, pipeline: Any, *, source: str, device: str) -> None:
        """Put another pipeline into this object, so that everything that refers to it follows. For the ledger."""
        self._pipeline = pipeline
        self.source = source
        self._placed(device)

    def close(self) -> None:
        """Let go of the weights. A call says from then on how to load the model again. For the ledger."""
        self._pipeline = None

    def _placed(self, device: str) -> None:
        # An endpoint may refer to this object, to the real pipeline or to one of its modules.
        for part in (self, self._pipeline, *modules_of(self._pipeline)):
            assign_device(part, device)

    def _for_call(self, given: dict[str, Any]) -> Any:
        """A pipeline for one call, of the class that the given pictures ask for. Its weights are the shared ones."""
        pipeline = self.diffusers
        accepted = inspect.signature(pipeline.__call__).parameters
        wanted = "inpainting" if "mask" in given else "image-to-image" if "image" in given else None
        if wanted and not all(NAMES[name] in accepted for name in ("image", "mask") if name in given):
            try:
                pipeline = auto_class(wanted).from_pipe(pipeline)
            except ValueError:
                raise InputError(
                    f"{self.name!r} ({type(self.diffusers).__name__}) cannot start from a picture: diffusers has no "
                    f"{wanted} pipeline of this family. Leave image and mask out.",
                    parameter="image",
                ) from None
        elif getattr(pipeline, "_all_hooks", None):
            return pipeline  # offloaded by accelerate, whose hooks belong to the one object
        else:
            pipeline = copy.copy(pipeline)
        if getattr(pipeline, "scheduler", None) is not None:
            pipeline.scheduler = copy.deepcopy(pipeline.scheduler)
        return pipeline

    def _arguments(self, given: dict[str, Any], options: dict[str, Any], accepted: Any, kind: str) -> dict[str, Any]:
        steps = given.get("steps")
        if steps is not None and steps < 1:
            raise InputError(f"steps={steps!r}: at least 1 step is needed.", parameter="steps")
        arguments = {NAMES[name]: value for name, value in given.items()} | options
        for name, wanted in [*((name, NAMES[name]) for name in given), *((name, name) for name in options)]:
            # Many pipelines end in **kwargs (for two deprecated callbacks): a misspelt option must not vanish there.
            if wanted not in accepted:
                known = sorted({"prompt", "seed", *(name for name in NAMES if NAMES[name] in accepted)})
                raise InputError(
                    f"{self.name!r} ({kind}) takes no {name}. It takes {', '.join(known)}, and diffusers' own options."
                    f"{did_you_mean(name, [*known, *accepted])}",
                    parameter=name,
                )
        return arguments

    def __getattr__(self, name: str) -> Any:
        # Reached only for what is not defined here. `_pipeline` is missing while the object is unpickled or copied, and
        # libraries probe any object for private names, a freed one too.
        if name.startswith("__") or name in Pipeline._OWN or (self._pipeline is None and name.startswith("_")):
            raise AttributeError(name)
        return getattr(self.diffusers, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in Pipeline._OWN:
            object.__setattr__(self, name, value)
        else:
            setattr(self.diffusers, name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(dir(self._pipeline) if self._pipeline is not None else ())})

    def __repr__(self) -> str:
        if self._pipeline is None:
            return f"<Pipeline {self.name!r}: freed>"
        return f"<Pipeline {self.describe()}>"

    def describe(self) -> str:
        """`'tiny': StableDiffusionPipeline, 9.3 MB in float32 on cpu`"""
        return (
            f"{self.name!r}: {type(self.diffusers).__name__}, {readable(self.nbytes)} in {self.dtype} on {self.device}"
        )


def _seeds(seed: int | None, count: int) -> list[int]:
    if seed is None:
        seed = random.SystemRandom().randrange(2**32)
    elif isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise InputError(f"seed={seed!r}: a seed is a whole number from 0 on, or None for a new one.", parameter="seed")
    return [seed + index for index in range(count)]


def _generators(seeds: Sequence[int]) -> Any:
    import torch

    generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
    return generators if len(generators) > 1 else generators[0]


def _signed(images: list[Any], seeds: list[int], *, flagged: Any) -> Any:
    for image, seed in zip(images, seeds, strict=False):
        if hasattr(image, "info"):
            image.info["seed"] = seed
    if isinstance(flagged, list) and any(flagged):
        message = "The pipeline's safety checker blackened a picture. Try another prompt or seed."
        warnings.warn(message, RuntimeWarning, stacklevel=3)
    return images if len(images) > 1 else images[0]
