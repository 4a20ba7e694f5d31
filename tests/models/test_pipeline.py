"""A loaded pipeline, called the short way, alone and inside of jobs."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from jupyter_spaces import models
from jupyter_spaces.errors import InputError, JobCancelled, ModelError, ModelTooLarge
from jupyter_spaces.jobs import current_job, device_queue
from jupyter_spaces.models import Pipeline
from jupyter_spaces.space import Space


@pytest.fixture
def pipe(pipeline_folder: Any) -> Pipeline:
    return models.load(pipeline_folder)


def pixels(image: Image.Image) -> bytes:
    return image.tobytes()


def test_a_call_is_one_picture(pipe: Pipeline) -> None:
    picture = pipe("a red boat", steps=2, seed=7)
    assert isinstance(picture, Image.Image)
    assert picture.size == (16, 16)


def test_the_seed_decides_the_picture_and_is_written_on_it(pipe: Pipeline) -> None:
    picture = pipe("a red boat", steps=2, seed=7)
    assert picture.info["seed"] == 7
    assert pixels(pipe("a red boat", steps=2, seed=7)) == pixels(picture)
    # Without a seed a new one is drawn, and it can be read off and used again.
    free = pipe("a red boat", steps=2)
    assert pixels(free) != pixels(picture)
    assert pixels(pipe("a red boat", steps=2, seed=free.info["seed"])) == pixels(free)


def test_several_pictures_have_the_seeds_that_follow(pipe: Pipeline) -> None:
    two = pipe("a red boat", steps=2, seed=7, n=2)
    assert [picture.info["seed"] for picture in two] == [7, 8]
    assert np.allclose(two[1], pipe("a red boat", steps=2, seed=8), atol=1)
    assert len(pipe(["a boat", "a circle"], steps=2, seed=7)) == 2


def test_every_knob_of_the_quickstart_reaches_the_pipeline(pipe: Pipeline) -> None:
    ours = pipe("a boat", negative_prompt="red", guidance_scale=3.0, steps=3, seed=1, width=24, height=32)
    theirs = pipe.diffusers(
        "a boat", negative_prompt="red", guidance_scale=3.0, num_inference_steps=3, width=24, height=32,
        generator=torch.Generator("cpu").manual_seed(1),
    ).images[0]  # fmt: skip
    assert ours.size == (24, 32)
    assert pixels(ours) == pixels(theirs)


def test_diffusers_own_options_pass_through(pipe: Pipeline) -> None:
    output = pipe("a boat", num_inference_steps=2, seed=1, output_type="latent")
    assert tuple(output.shape) == (1, 4, 8, 8)


def test_a_picture_to_start_from_uses_the_same_weights(pipe: Pipeline) -> None:
    start = Image.new("RGB", (16, 16), "red")
    little = np.asarray(pipe("a boat", image=start, strength=0.01, steps=100, seed=1), dtype=float)
    much = np.asarray(pipe("a boat", image=start, strength=1.0, steps=4, seed=1), dtype=float)
    through_the_autoencoder = np.asarray(pipe("a boat", image=start, strength=0.02, steps=100, seed=2), dtype=float)
    assert np.abs(little - through_the_autoencoder).mean() < np.abs(much - through_the_autoencoder).mean()
    mask = Image.new("L", (16, 16), 255)
    assert pipe("a boat", image=start, mask=mask, steps=2, seed=1).size == (16, 16)
    assert len(models.list()) == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"stpes": 3}, r"takes no stpes\. It takes .*negative_prompt.* Did you mean 'steps'\?"),
        ({"num_inferense_steps": 3}, r"Did you mean 'num_inference_steps'\?"),
        ({"steps": 0}, r"steps=0: at least 1 step is needed"),
        ({"seed": -1}, r"seed=-1: a seed is a whole number from 0 on, or None"),
        ({"seed": 0.5}, r"seed=0\.5: a seed is a whole number"),
        ({"strength": 0.5}, r"takes no strength\."),
    ],
)
def test_an_option_that_it_does_not_have_is_named(pipe: Pipeline, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        pipe("a boat", **options)


def test_it_is_the_pipeline_that_it_wraps(pipe: Pipeline) -> None:
    from diffusers import DDPMScheduler

    assert pipe.unet is pipe.diffusers.unet
    pipe.scheduler = DDPMScheduler.from_config(pipe.scheduler.config)
    assert isinstance(pipe.diffusers.scheduler, DDPMScheduler)
    assert pipe("a boat", steps=2, seed=1).size == (16, 16)
    assert "enable_attention_slicing" in dir(pipe)
    assert pipe.to(torch.bfloat16) is pipe
    assert pipe.dtype == "bfloat16"
    assert repr(pipe) == "<Pipeline 'painter-model': StableDiffusionPipeline, 185 kB in bfloat16 on cpu>"


def test_two_threads_may_paint_at_once(pipe: Pipeline) -> None:
    """diffusers keeps the state of a run in the scheduler; here each call has its own."""
    alone = [pixels(pipe("a red boat", steps=steps, seed=1)) for steps in (4, 9)]
    together: dict[int, list[bytes]] = {4: [], 9: []}

    def paint(steps: int) -> None:
        for _ in range(5):
            together[steps].append(pixels(pipe("a red boat", steps=steps, seed=1)))

    threads = [threading.Thread(target=paint, args=(steps,)) for steps in (4, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(together[4]) == {alone[0]}
    assert set(together[9]) == {alone[1]}


# -- inside of a job


def test_steps_are_the_progress_of_the_job(pipe: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[tuple[int | None, int | None]] = []

    def listen(event: Any) -> None:
        if event.kind == "progress":
            seen.append((event.data.step, event.data.total))

    def paint() -> Any:
        job = current_job()
        assert job is not None
        job.subscribe(listen)
        return pipe("a boat", steps=5, seed=1, callback_on_step_end=slowly)

    def slowly(pipeline: Any, step: int, when: Any, values: dict[str, Any]) -> dict[str, Any]:
        time.sleep(0.15)  # longer than the shortest time between two reports
        return values

    job = device_queue("cpu").submit(paint)
    assert job.result(60).size == (16, 16)
    assert seen[0] == (0, 5)
    assert seen[-1] == (5, 5)
    assert {total for _, total in seen} == {5}
    assert len(set(seen)) >= 4
    assert "it/s" not in capsys.readouterr().err  # the bar went to the job


@pytest.mark.parametrize("bar", [True, False])
def test_a_cancelled_job_stops_within_one_step(pipe: Pipeline, bar: bool) -> None:
    if not bar:
        pipe.set_progress_bar_config(disable=True)
    steps: list[int] = []

    def watch(pipeline: Any, step: int, when: Any, values: dict[str, Any]) -> dict[str, Any]:
        steps.append(step)
        if step == 2:
            reached.set()
            assert cancelled.wait(60)
        return values

    reached, cancelled = threading.Event(), threading.Event()
    job = device_queue("cpu").submit(lambda: pipe("a boat", steps=100, seed=1, callback_on_step_end=watch))
    assert reached.wait(60)
    job.cancel("enough")
    cancelled.set()
    with pytest.raises(JobCancelled):
        job.result(60)
    assert steps == [0, 1, 2]
    # The next one is not disturbed by what was left.
    assert device_queue("cpu").submit(lambda: pipe("a boat", steps=2)).result(60).size == (16, 16)


def test_an_endpoint_that_uses_it_queues_for_its_device_and_stops_within_a_step(pipe: Pipeline) -> None:
    steps: list[int] = []

    def watch(pipeline: Any, step: int, when: Any, values: dict[str, Any]) -> dict[str, Any]:
        steps.append(step)
        if step == 1:
            job.cancel("the Stop button")
        return values

    def paint(prompt: str, steps: int = 50, seed: int | None = None) -> Image.Image:
        return pipe(prompt, steps=steps, seed=seed, callback_on_step_end=watch)  # type: ignore[no-any-return]

    space = Space.from_function(paint, register=False)
    assert space["paint"].device() == "cpu"
    job = space.submit(values={"prompt": "a boat"})
    with pytest.raises(JobCancelled):
        job.result(60)
    assert steps == [0, 1]
    assert job.progress is not None
    assert job.progress.total == 50


def test_running_out_of_memory_says_what_to_do(pipe: Pipeline) -> None:
    # A picture for which no machine has the memory: the allocator's own refusal.
    with pytest.raises(
        ModelTooLarge, match=r"'painter-model' ran out of memory on cpu while painting\. Ask for smaller"
    ):
        pipe("a boat", steps=1, seed=1, width=8_000_000, height=8_000_000)


def test_a_freed_one_says_how_to_load_it_again(pipe: Pipeline, pipeline_folder: Any) -> None:
    models.free(pipe.name)
    with pytest.raises(ModelError, match=rf"was freed\. Load it again: models\.load\('{pipeline_folder}'"):
        pipe("a boat")
    assert repr(pipe) == "<Pipeline 'painter-model': freed>"
