"""A run trains weights of its own, and the pipeline that others paint with never notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from jupyter_spaces.errors import CheckpointError
from jupyter_spaces.train.families import family_of
from jupyter_spaces.train.prepare import resolved
from jupyter_spaces.train.trained import Trained
from tests.train.small_trainers import (
    CPU,
    numbers,
    run,
    settings,
    stable_diffusion,
    stable_diffusion_xl,
    trainer_of,
)

KINDS: list[tuple[Callable[[], Any], dict[str, Any]]] = [
    (stable_diffusion, {"method": "full"}),
    (stable_diffusion, {"method": "lora", "use_dora": True}),
    (stable_diffusion, {"method": "lora", "train_text_encoder": True, "lora_targets": "all"}),
    (stable_diffusion_xl, {"method": "full", "train_text_encoder": True}),
    (stable_diffusion_xl, {"method": "lora"}),
]


def trained_of(pipeline: Any, **more: Any) -> Trained:
    family = family_of(pipeline)
    return Trained(family, resolved(settings(**more), family, CPU), CPU)


def modules(pipeline: Any) -> dict[str, torch.nn.Module]:
    return {name: part for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)}


def tensors(pipeline: Any) -> dict[str, torch.Tensor]:
    return {f"{name}.{key}": value for name, part in modules(pipeline).items() for key, value in
            part.state_dict().items()}  # fmt: skip


def ask(trained: Trained) -> torch.Tensor:
    """The denoiser's answer to fixed noise and a prompt."""
    family = trained.family
    with torch.no_grad():
        said = family.geometry(family.encode(["a red boat"], trained.text_encoders), 16)
        return family.predict(trained.denoiser, numbers(1, 4, 8, 8), torch.tensor([300]), said)


def shaken(trained: Trained) -> Trained:
    """The same, with other weights than it began with."""
    with torch.no_grad():
        for index, parameter in enumerate(trained.parameters.values()):
            parameter += 0.05 * numbers(*parameter.shape, seed=index)
    return trained


@pytest.mark.parametrize(("make", "more"), KINDS)
def test_the_pipeline_s_own_weights_are_never_touched(make: Callable[[], Any], more: dict[str, Any]) -> None:
    """Bit for bit after steps that changed the run's weights, with the same names and the same need of gradients."""
    pipeline = make()
    next(pipeline.unet.parameters()).requires_grad_(False)
    before = {name: value.clone() for name, value in tensors(pipeline).items()}
    flags = [parameter.requires_grad for part in modules(pipeline).values() for parameter in part.parameters()]
    modes = [part.training for part in modules(pipeline).values()]
    trainer = trainer_of(pipeline, **more)
    start = {name: value.clone() for name, value in trainer.trained.state().items()}
    run(trainer, 2)
    assert any(not torch.equal(value, start[name]) for name, value in trainer.trained.state().items())
    after = tensors(pipeline)
    assert list(after) == list(before)
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert flags == [parameter.requires_grad for part in modules(pipeline).values() for parameter in part.parameters()]
    assert modes == [part.training for part in modules(pipeline).values()]


def test_full_training_has_masters_in_float32() -> None:
    """Of a model in half precision too, whose own weights stay in half precision; all of them are trained."""
    pipeline = stable_diffusion()
    pipeline.unet.to(torch.float16)
    trained = trained_of(pipeline)
    names = {f"unet.{name}" for name, _ in pipeline.unet.named_parameters()}
    assert set(trained.parameters) == names
    assert {parameter.dtype for parameter in trained.parameters.values()} == {torch.float32}
    assert pipeline.unet.dtype is torch.float16
    assert all(module.training for module in trained.denoiser.modules() if type(module).__name__ != "Dropout")


@pytest.mark.parametrize("make", [stable_diffusion, stable_diffusion_xl])
def test_adapters_stand_on_the_pipeline_s_own_memory(make: Callable[[], Any]) -> None:
    """No tensor of the base model is copied, and before the first step the answer is the base model's, bit for bit."""
    pipeline = make()
    trained = trained_of(pipeline, method="lora", train_text_encoder=True)
    for mine, base in ((trained.denoiser, pipeline.unet), *zip(trained.text_encoders.values(),
                       trained.family.text_encoders.values(), strict=True)):  # fmt: skip
        there = {parameter.data_ptr() for parameter in base.parameters()}
        own = [parameter for parameter in mine.parameters() if parameter.data_ptr() not in there]
        assert own
        assert all(parameter.requires_grad for parameter in own)
        assert len(list(mine.parameters())) == len(own) + len(list(base.parameters()))
    assert torch.equal(ask(trained), ask(trained_of(pipeline)))


def test_the_base_model_paints_as_before_while_adapters_are_trained() -> None:
    """Its picture of a seed is the same, pixel for pixel; the run's is another one."""
    pipeline = stable_diffusion()

    def paint(painter: Any) -> bytes:
        random = torch.Generator().manual_seed(0)
        picture = painter("a red boat", num_inference_steps=2, height=16, width=16, generator=random).images[0]
        return bytes(picture.tobytes())

    before = paint(pipeline)
    trained = shaken(trained_of(pipeline, method="lora"))
    own = trained.pipeline()
    assert paint(own) != before
    assert paint(pipeline) == before
    assert type(own) is type(pipeline)
    assert own.unet is trained.denoiser
    assert own.vae is pipeline.vae
    assert own.text_encoder is pipeline.text_encoder
    assert own.scheduler is not pipeline.scheduler


def test_an_adapter_adds_b_a_x_times_alpha_over_rank() -> None:
    """Hu et al., 2021, section 4.1, at one layer."""
    pipeline = stable_diffusion()
    trained = shaken(trained_of(pipeline, method="lora", lora_rank=4, lora_alpha=8.0))
    name = next(name for name, _ in pipeline.unet.named_modules() if name.endswith("attn1.to_q"))
    base, mine = pipeline.unet.get_submodule(name), trained.denoiser.get_submodule(name)
    down, up = (trained.parameters[f"unet.{name}.lora_{letter}.default.weight"] for letter in "AB")
    x = numbers(3, base.in_features)
    with torch.no_grad():
        wanted = base(x) + 8 / 4 * (x @ down.T @ up.T)
        assert torch.allclose(mine(x), wanted, atol=1e-6)


def test_the_first_adapters_are_a_function_of_the_seed() -> None:
    """Whatever the process's own random numbers are, which stay as they were; another seed gives other ones."""
    pipeline = stable_diffusion()
    one = trained_of(pipeline, method="lora", train_text_encoder=True).state()
    torch.manual_seed(5)
    before = torch.get_rng_state()
    other = trained_of(pipeline, method="lora", train_text_encoder=True).state()
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(one[name], other[name]) for name in one)
    third = trained_of(pipeline, method="lora", train_text_encoder=True, seed=1).state()
    downs = [name for name in one if "lora_A" in name]
    assert downs
    assert not any(torch.equal(one[name], third[name]) for name in downs)
    assert all(not one[name].any() for name in one if "lora_B" in name)
    values = torch.cat([one[name].flatten() for name in downs])
    assert float(values.std()) == pytest.approx(1 / 8, rel=0.05)  # 1 / rank, as peft and diffusers begin


def test_targets() -> None:
    """`attention` is the projections of the attention; `all` has the convolutions and feed-forwards as well."""
    pipeline = stable_diffusion()

    def layers(**more: Any) -> set[str]:
        names = trained_of(pipeline, method="lora", **more).parameters
        return {name.split(".lora_")[0].rsplit(".", 1)[-1] for name in names}

    attention = layers()
    assert attention == {"to_q", "to_k", "to_v", "0"}  # to_out.0
    assert layers(lora_targets="all") > attention | {"conv1", "conv2", "proj_in", "proj_out", "proj", "time_emb_proj"}
    assert layers(train_text_encoder=True) == attention | {"q_proj", "k_proj", "v_proj", "out_proj"}


@pytest.mark.parametrize(("make", "more"), KINDS)
def test_a_state_reproduces_the_model(make: Callable[[], Any], more: dict[str, Any]) -> None:
    """Loaded into a fresh one it answers the same, bit for bit; the state is the tensors, not copies of them."""
    pipeline = make()
    one = shaken(trained_of(pipeline, **more))
    state = {name: value.clone() for name, value in one.state().items()}
    assert all(one.state()[name].data_ptr() == parameter.data_ptr() for name, parameter in one.parameters.items())
    other = trained_of(pipeline, **more)
    assert not torch.equal(ask(other), ask(one))
    other.load(state)
    assert torch.equal(ask(other), ask(one))


@pytest.mark.parametrize(
    ("mine", "theirs", "sentence"),
    [
        ({"method": "lora"}, {"method": "full"}, r"lora_A.* is in one and not in the other|unet\..* is in one"),
        ({"method": "lora"}, {"method": "lora", "lora_rank": 4}, r"is \(4, \d+\) there and \(8, \d+\) here"),
        ({}, {"train_text_encoder": True}, r"text_encoder\..* is in one and not in the other"),
        ({"method": "lora"}, {"method": "lora", "lora_targets": "all"}, "the targets and the text encoder"),
    ],
)
def test_a_state_of_other_settings_is_refused(mine: dict[str, Any], theirs: dict[str, Any], sentence: str) -> None:
    """The sentence names a tensor, and what to go on with; no weight has changed then."""
    pipeline = stable_diffusion()
    state = shaken(trained_of(pipeline, **theirs)).state()
    trained = trained_of(pipeline, **mine)
    before = {name: value.clone() for name, value in trained.state().items()}
    with pytest.raises(CheckpointError, match=f"does not fit these settings: .*{sentence}"):
        trained.load(state)
    assert all(torch.equal(value, before[name]) for name, value in trained.state().items())


@pytest.mark.parametrize("method", ["full", "lora"])
def test_each_part_has_its_own_rate(method: str) -> None:
    """Two groups of the optimizer, the denoiser's first; every trained parameter is in one of them."""
    trained = trained_of(stable_diffusion_xl(), method=method, train_text_encoder=True)
    unet, text = trained.groups(1e-3, 1e-4)
    assert (unet["peak"], text["peak"]) == (1e-3, 1e-4)
    assert {id(p) for group in (unet, text) for p in group["params"]} == {id(p) for p in trained.parameters.values()}
    assert trained.trains_text
    assert any(name.startswith("text_encoder_2.") for name in trained.parameters)
    assert len(trained_of(stable_diffusion(), method=method).groups(1e-3, 1e-4)) == 1


@pytest.mark.parametrize("more", [{"method": "full"}, {"method": "lora"}, {"method": "lora", "use_dora": True}])
def test_a_half_precision_model_is_trained_in_float32(more: dict[str, Any]) -> None:
    """Asked for fp32, adapters compute with a float32 copy; what the untrained model predicts is in its own format."""
    pipeline = stable_diffusion()
    for part in modules(pipeline).values():
        for parameter in part.parameters():
            parameter.data = parameter.data.to(torch.bfloat16)
    trainer = trainer_of(pipeline, prior_target="base", **more)
    assert {parameter.dtype for parameter in trainer.trained.denoiser.parameters()} == {torch.float32}
    assert len(run(trainer, 2)) == 2
    assert pipeline.unet.dtype is torch.bfloat16
