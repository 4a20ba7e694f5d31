"""From a config and a loaded model to a trainer that is ready for its first step.

Everything that can be wrong is looked at here, before anything runs for long: the photos, the captions, the sizes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_spaces.errors import ConfigError
from jupyter_spaces.models.weights import where
from jupyter_spaces.train.config import TrainConfig
from jupyter_spaces.train.draws import seed_for
from jupyter_spaces.train.families import Family, family_of
from jupyter_spaces.train.latents import PhotoLatents, encode_photos
from jupyter_spaces.train.precision import resolve
from jupyter_spaces.train.prior import ClassImages, OwnClassImages
from jupyter_spaces.train.probes import COUNT, Probes
from jupyter_spaces.train.trained import Trained
from jupyter_spaces.train.trainer import Trainer

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from jupyter_spaces.train.data import Photo

HOLD_OUT_FROM = 4  # photos, from which on one is kept for the probe
OWN_SPARE_FROM = 3 * COUNT  # own class images, from which on some are kept for the probe


@dataclass
class Prepared:
    """What `prepare` made. `pictures`: the photos as they are trained on, for people."""

    trainer: Trainer
    probes: Probes
    class_images: ClassImages | OwnClassImages | None
    pictures: list[Image.Image]
    warnings: tuple[str, ...]


def resolved(config: TrainConfig, family: Family, device: torch.device) -> TrainConfig:
    """The config with everything filled in that the model and the device decide. Raises `ConfigError`."""
    resolution = config.resolution or family.resolution
    step = family.latent_scale * 2 ** (len(family.denoiser.config.block_out_channels) - 1)  # type: ignore[union-attr,arg-type]
    if resolution % step:
        below = max(step, resolution // step * step)
        raise ConfigError(
            f"resolution: {resolution} does not fit this model, whose layers halve it several times. Use a multiple of "
            f"{step}: {below} or {below + step}.",
            field="resolution",
        )
    return config.replace(
        resolution=resolution,
        learning_rate=config.learning_rate or family.learning_rate(config.method),
        precision=resolve(config.precision, device),
        device=str(device),
    )


def device_for(config: TrainConfig, pipeline: Any) -> torch.device:
    """The device of the run, which is the model's. Raises `ConfigError` where the config names another one."""
    import torch

    place = where(pipeline)
    wanted = {"cuda": "cuda:0"}.get(config.device or place, config.device or place)
    if wanted != place:
        raise ConfigError(
            f"device: {config.device!r} is not where the model is ({place}). Load it there, "
            f"models.load(..., device={config.device!r}), or leave device out.",
            field="device",
        )
    return torch.device(place)


def prepare(
    config: TrainConfig,
    pipeline: Any,
    *,
    say: Callable[[str], None],
    check: Callable[[], None],
    cache: Path | None = None,
) -> Prepared:
    """Check and encode everything. `say` hears what happens, in a few words; `check` may raise to stop.

    Raises `PhotoError` and `ConfigError`.
    """
    from jupyter_spaces.train.data import caption_warnings, captions_for, check_photos

    device = device_for(config, pipeline)
    family = family_of(pipeline)
    config = resolved(config, family, device)
    assert config.resolution is not None
    say("checking the photos")
    checked = check_photos(config.instance_images, config.resolution)
    photos = checked.photos
    captions = captions_for(photos, config.captions, config.instance_prompt)
    warnings = (
        *checked.warnings,
        *caption_warnings(photos, captions, config.instance_prompt, config.class_prompt or ""),
    )
    check()
    say("encoding the photos")
    latents, pictures = _encode(config, family, photos, device, check)
    kept = len(photos) - 1 if config.hold_out and config.probe_every and len(photos) >= HOLD_OUT_FROM else len(photos)
    class_images = _class_images(config, family, device, say, check, cache)
    say("copying the weights")
    trained = Trained(family, config, device)
    trainer = Trainer(
        config,
        family,
        trained,
        PhotoLatents(latents.mean[:kept], latents.std[:kept], None if latents.masks is None else latents.masks[:kept]),
        captions[:kept],
        class_images if config.with_prior else None,
        device,
    )
    probes = Probes(
        trainer,
        class_images.spare_rows() if class_images is not None and config.probe_every else None,
        latents.mean[kept:, 0] if kept < len(photos) else None,
        captions[-1],
    )
    return Prepared(trainer, probes, class_images, pictures, warnings)


def _encode(
    config: TrainConfig, family: Family, photos: tuple[Photo, ...], device: torch.device, check: Callable[[], None]
) -> tuple[PhotoLatents, list[Image.Image]]:
    import numpy as np

    from jupyter_spaces.train.data import apply_crop, apply_mask, masks_for, plan_crops

    assert config.resolution is not None
    size = (config.resolution, config.resolution)
    plans = [
        plan_crops(
            photo,
            config.crops,
            config.crop,
            config.resolution,
            config.flip,
            np.random.default_rng(seed_for(config.seed, "crops", photo.digest)),
        )
        for photo in photos
    ]
    # A photo that has fewer different crops than others repeats them: all rows are of one length.
    variants = max(map(len, plans))
    plans = [tuple(plan[index % len(plan)] for index in range(variants)) for plan in plans]
    masks = None
    if config.masks is not None:
        whole = [mask.load() for mask in masks_for(photos, config.masks)]
        masks = [
            [apply_mask(mask, crop, size, photo) for crop in plan]
            for mask, plan, photo in zip(whole, plans, photos, strict=True)
        ]
    shown: list[Image.Image] = []

    def pictures() -> Any:
        for photo, plan in zip(photos, plans, strict=True):
            image = photo.load()
            cut = [apply_crop(image, crop, size) for crop in plan]
            shown.append(cut[0])
            yield [np.asarray(picture) for picture in cut]

    latents = encode_photos(family.pipeline.vae, pictures(), masks, device, on_photo=lambda _: check())
    return latents, shown


def _class_images(
    config: TrainConfig,
    family: Family,
    device: torch.device,
    say: Callable[[str], None],
    check: Callable[[], None],
    cache: Path | None,
) -> ClassImages | OwnClassImages | None:
    if config.class_prompt is None:
        return None
    if config.class_images is not None:
        say("encoding the class images")
        return _own_class_images(config, family, device, check)
    spare = COUNT if config.probe_every else 0
    if not (spare or config.with_prior):
        return None

    def tell(made: int, count: int) -> None:
        check()
        say(f"painting class images: {made} of {count}")

    images = ClassImages(config, family, device, spare=spare, on_image=tell, root=cache)
    images.ensure(images.first_needed)
    return images


def _own_class_images(
    config: TrainConfig, family: Family, device: torch.device, check: Callable[[], None]
) -> OwnClassImages:
    from jupyter_spaces.train.data import check_photos

    assert config.class_images is not None
    assert config.resolution is not None
    photos = check_photos(config.class_images, config.resolution).photos
    plain = config.replace(crop="center", crops=1, flip=False, masks=None)
    latents, _ = _encode(plain, family, photos, device, check)
    spare = COUNT if config.probe_every and len(photos) >= OWN_SPARE_FROM else 0
    paths = [photo.path for photo in photos if photo.path is not None]
    return OwnClassImages(latents.mean[:, 0], paths, spare)
