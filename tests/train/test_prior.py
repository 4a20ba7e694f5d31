"""Class images: when they have to be there, that each is the same however it was made, and that none is made twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from jupyter_spaces.train.families import family_of
from jupyter_spaces.train.prepare import resolved
from jupyter_spaces.train.prior import ClassImages, OwnClassImages, Pace
from jupyter_spaces.train.prior.cache import LatentFolder, cache_root
from jupyter_spaces.train.prior.fingerprint import fingerprint
from jupyter_spaces.train.prior.pace import CHUNK
from tests.train.small_trainers import CPU, numbers, settings, stable_diffusion, stable_diffusion_xl


def images(pipeline: Any, root: Path, **more: Any) -> ClassImages:
    own = {key: more.pop(key) for key in ("spare", "on_image") if key in more}
    family = family_of(pipeline)
    told = settings(**{"num_class_images": 10, "prior_steps": 2, **more})
    return ClassImages(resolved(told, family, CPU), family, CPU, root=root, **own)


def listened(pipeline: Any) -> list[int]:
    """The batch sizes with which the pipeline's UNet is called from now on."""
    sizes: list[int] = []
    pipeline.unet.register_forward_pre_hook(lambda _module, args: sizes.append(len(args[0])))
    return sizes


@given(st.integers(1, 400), st.integers(1, 2000))
def test_all_class_images_take_part_within_the_first_quarter(count: int, steps: int) -> None:
    """From a handful at the first step to all of them, never fewer than before; also when a run is short."""
    pace = Pace(count, steps)
    quarter = max(1, steps // 4)
    found = [pace.available(step) for step in range(quarter)]
    assert found[0] >= 1
    assert found == sorted(found)
    assert found[-1] == count
    assert pace.available(steps) == pace.available(10**9) == count


def test_training_starts_with_a_handful() -> None:
    """One chunk of a hundred images at the first step of an ordinary run, and one more every so often."""
    pace = Pace(100, 800)
    assert pace.available(0) == CHUNK
    found = [pace.available(step) for step in range(200)]
    assert set(found) == {*range(CHUNK, 100, CHUNK), 100}


def test_the_pace_is_a_function_of_the_step(tmp_path: Path) -> None:
    """What is there already makes no difference, nor what was asked for before."""
    made = images(stable_diffusion(), tmp_path)
    before = [made.available(step) for step in range(12)]
    assert made.first_needed == CHUNK
    made.ensure(10)
    assert [made.available(step) for step in reversed(range(12))] == before[::-1]


def test_a_fingerprint_is_that_of_the_bits() -> None:
    """Equal for equal weights, also in another memory layout and for two threads; another one for one flipped bit."""
    pipeline = stable_diffusion()
    modules = {"unet": pipeline.unet, "vae": pipeline.vae}
    wanted = fingerprint(modules)
    assert len(wanted) == 32
    assert fingerprint({"vae": stable_diffusion().vae, "unet": stable_diffusion().unet}) == wanted
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert fingerprint(modules) == wanted
    finally:
        torch.set_num_threads(threads)
    assert fingerprint({"unet": pipeline.unet.to(memory_format=torch.channels_last), "vae": pipeline.vae}) == wanted
    assert fingerprint({"unet": pipeline.vae, "vae": pipeline.unet}) != wanted
    weight = pipeline.unet.conv_out.bias.data.view(torch.int32)
    weight[1] ^= 1
    assert fingerprint(modules) != wanted
    weight[1] ^= 1
    assert fingerprint(modules) == wanted


@given(st.permutations(range(4)), st.sampled_from([torch.float16, torch.bfloat16, torch.float64, torch.int64]))
def test_a_fingerprint_tells_the_order_of_values(order: list[int], dtype: torch.dtype) -> None:
    """Sums alone would not: they are weighted by position. Formats of all widths are read."""
    module, other = torch.nn.Module(), torch.nn.Module()
    module.register_buffer("value", torch.tensor([1, 2, 5, 11]).to(dtype))
    other.register_buffer("value", torch.tensor([1, 2, 5, 11]).to(dtype)[list(order)])
    same = list(order) == [0, 1, 2, 3]
    assert (fingerprint({"one": module}) == fingerprint({"one": other})) is same


def test_an_image_is_the_same_however_many_are_made(tmp_path: Path) -> None:
    """Bit for bit: alone, as the last of ten, or with ninety more; made at once or when a step asks."""
    few = images(stable_diffusion(), tmp_path / "a", num_class_images=3).ensure(3)
    more = images(stable_diffusion(), tmp_path / "b", num_class_images=10)
    asked = more.rows(torch.tensor([9, 0]))
    assert torch.equal(more.ensure(10)[:3], few)
    assert torch.equal(asked, more.ensure(10)[[9, 0]])
    at_once = images(stable_diffusion(), tmp_path / "c", num_class_images=20).ensure(20)
    assert torch.equal(at_once[:10], more.ensure(10))
    assert len({tuple(row.flatten().tolist()) for row in at_once}) == 20


def test_the_process_s_random_numbers_make_no_difference(tmp_path: Path) -> None:
    """Neither are they used, nor do they move on."""
    one = images(stable_diffusion(), tmp_path / "a", num_class_images=2).ensure(2)
    pipeline = stable_diffusion()
    torch.manual_seed(8)
    before = torch.get_rng_state()
    other = images(pipeline, tmp_path / "b", num_class_images=2).ensure(2)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(one, other)


def test_the_latents_are_those_of_the_pipeline(tmp_path: Path) -> None:
    """What the pipeline paints for the class prompt with the fast solver; the pictures beside them are their decoding,
    and the pipeline keeps the scheduler that it had."""
    pipeline = stable_diffusion()
    scheduler = pipeline.scheduler
    made = images(pipeline, tmp_path, num_class_images=4)
    latents = made.ensure(4)
    assert pipeline.scheduler is scheduler
    assert latents.shape == (4, 4, 8, 8)
    assert latents.dtype is torch.float32
    with torch.no_grad():
        decoded = pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor).sample
    wanted = pipeline.image_processor.postprocess(decoded, output_type="pil")
    assert [path.name for path in made.pictures] == [f"0000{number}.png" for number in range(4)]
    for path, picture in zip(made.pictures, wanted, strict=True):
        assert Image.open(path).tobytes() == picture.tobytes()


@pytest.mark.parametrize("make", [stable_diffusion, stable_diffusion_xl])
def test_a_second_run_paints_nothing(make: Callable[[], Any], tmp_path: Path) -> None:
    """The same model, prompt and seed: read from the cache. A run that wants more makes the chunks that are missing."""
    first = images(make(), tmp_path).ensure(10)
    pipeline = make()
    sizes = listened(pipeline)
    assert torch.equal(images(pipeline, tmp_path).ensure(10), first)
    assert sizes == []
    more = images(pipeline, tmp_path, num_class_images=20).ensure(20)
    assert torch.equal(more[:10], first)
    assert len(sizes) == 2  # one chunk of two steps


@pytest.mark.parametrize(
    "more", [{"class_prompt": "a circle"}, {"seed": 1}, {"prior_steps": 3}, {"prior_guidance_scale": 2.0},
             {"resolution": 32}],
)  # fmt: skip
def test_another_question_has_another_folder(more: dict[str, Any], tmp_path: Path) -> None:
    """Whatever determines the pictures is in the key; what does not is not."""
    pipeline = stable_diffusion()
    path = images(pipeline, tmp_path).folder.path
    assert images(pipeline, tmp_path, **more).folder.path != path
    assert images(pipeline, tmp_path, num_class_images=500, steps=99, learning_rate=1e-2).folder.path == path
    pipeline.unet.conv_out.bias.data += 1e-3
    assert images(pipeline, tmp_path).folder.path != path


@pytest.mark.parametrize("damage", ["cut", "short", ""])
def test_a_damaged_file_is_made_again(damage: str, tmp_path: Path) -> None:
    """A cut-off or empty file, or one with fewer images than there should be, is as good as none."""
    pipeline = stable_diffusion()
    made = images(pipeline, tmp_path, num_class_images=2)
    first = made.ensure(2)
    (path,) = made.folder.path.glob("*.safetensors")
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[:-100], "short": safetensors.torch.save({"latents": first[:1]}), "": b""}[damage])
    assert torch.equal(images(pipeline, tmp_path, num_class_images=2).ensure(2), first)
    assert path.read_bytes() == whole


def test_a_chunk_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """Files are renamed into their places: nothing else is left in the folder."""
    folder = LatentFolder({"one": 1}, tmp_path)
    assert folder.load(0) is None
    folder.save(0, numbers(2, 4, 2, 2), [Image.new("RGB", (4, 4))] * 2, 0)
    names = sorted(path.name for path in folder.path.iterdir())
    assert names == ["00000.png", "00000.safetensors", "00001.png", "made-of.json"]
    found = folder.load(0)
    assert found is not None
    assert torch.equal(found, numbers(2, 4, 2, 2))
    assert folder.load(1) is None


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable, else the user's cache folder."""
    monkeypatch.setenv("JUPYTER_SPACES_CACHE", str(tmp_path))
    assert cache_root() == tmp_path
    monkeypatch.delenv("JUPYTER_SPACES_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache_root() == tmp_path / "x" / "jupyter_spaces"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_root() == Path.home() / ".cache" / "jupyter_spaces"


def test_spare_images_are_not_trained_on(tmp_path: Path) -> None:
    """They come first, so that a run which wants more images has the same ones spare."""
    made = images(stable_diffusion(), tmp_path, num_class_images=4, spare=8)
    assert made.count == 12
    assert made.first_needed == 12
    everything = made.ensure(12)
    assert torch.equal(made.spare_rows(), everything[:8])
    assert torch.equal(made.rows(torch.tensor([0, 3])), everything[[8, 11]])


def test_the_caller_hears_of_progress_and_may_stop(tmp_path: Path) -> None:
    """Between denoising steps too; what was finished before is kept."""
    heard: list[tuple[int, int]] = []

    def hear(made: int, count: int) -> None:
        heard.append((made, count))
        if len(heard) == 5:
            raise InterruptedError

    made = images(stable_diffusion(), tmp_path, on_image=hear)
    with pytest.raises(InterruptedError):
        made.ensure(10)
    assert heard == [(0, 10), (0, 10), (8, 10), (8, 10), (8, 10)]
    assert [path.name for path in made.folder.path.glob("*.safetensors")] == ["00000.safetensors"]


def test_own_class_images_are_all_there_from_the_start() -> None:
    """The last ones are spare, where there are enough to spare some."""
    latents = numbers(20, 4, 2, 2)
    own = OwnClassImages(latents, [], 8)
    assert own.available(0) == own.available(500) == 12
    assert torch.equal(own.rows(torch.tensor([11, 3])), latents[[11, 3]])
    assert torch.equal(own.spare_rows(), latents[12:])
    assert torch.equal(OwnClassImages(latents[:3], [], 0).spare_rows(), latents[:3])
