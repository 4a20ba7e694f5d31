"""Trains, writes and measures the tiny model: `python -m recipes.tiny --state FOLDER`; again to go on."""

# mypy: disable-error-code="attr-defined,no-untyped-call,operator"
# diffusers builds its classes with decorators and lazy imports that mypy cannot follow.

import argparse
import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from transformers import CLIPTokenizer

from recipes.tiny import autoencoder, denoiser, evaluate, photographs, pictures, text, tokenizer
from recipes.tiny.settings import AutoencoderSettings, DenoiserSettings, PictureSettings, TextSettings

_OUT = Path(__file__).parents[2] / "jupyter_spaces" / "models" / "tiny"
_GRID = Path(__file__).parent / "grid.png"


def main() -> None:
    """The whole recipe, stage by stage."""
    parser = argparse.ArgumentParser(prog="python -m recipes.tiny", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="folder for pictures, latents and checkpoints")
    parser.add_argument(
        "--out", type=Path, default=_OUT, help="folder of the finished pipeline (default: the package's)"
    )
    parser.add_argument(
        "--threads", type=int, default=1, help="CPU threads (default: 1, which a busy machine likes best)"
    )
    parser.add_argument("--measure", type=Path, help="measure this pipeline folder, train nothing")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.measure is None:
        train(arguments.state, arguments.out)
    measure(arguments.measure or arguments.out)


def train(state: Path, out: Path) -> None:
    """The stages in order; each leaves a file in the state folder and is skipped or continued when it is there."""
    finished = state / "vae"
    if not finished.exists():
        autoencoder.train(AutoencoderSettings(), state).save_pretrained(finished)
    vae = AutoencoderKL.from_pretrained(finished).eval()
    drawn = pictures.make(PictureSettings(), state / "pictures")
    latents = denoiser.encode(vae, drawn.chunks, state / "latents")
    easy = pictures.easy_numbers(PictureSettings())
    if not (state / "tokenizer").exists():
        tokenizer.build([words for several in drawn.captions[:4000] for words in several], state / "tokenizer")
    words = CLIPTokenizer.from_pretrained(state / "tokenizer")
    encoder = text.warm_up(TextSettings(), words, state)
    covers = torch.from_numpy(drawn.covers) / 255
    pipeline = denoiser.train(DenoiserSettings(), latents, covers, drawn.captions, easy, vae, encoder, words, state)
    autoencoder.refine(AutoencoderSettings(), vae, state)
    pipeline.to(dtype=torch.float16).save_pretrained(out)
    for config in out.rglob("*.json"):  # diffusers notes the folder that a model was last read from
        values = json.loads(config.read_text("utf-8"))
        if isinstance(values, dict) and values.pop("_name_or_path", None):
            config.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def measure(folder: Path) -> None:
    """Prints the numbers of the README and writes its picture grid."""
    pipeline = denoiser.load(folder)
    pixels = photographs.held_out_crops()
    print(f"PSNR on {len(pixels)} squares of held-out photographs: {autoencoder.psnr(pipeline.vae, pixels):.2f} dB")
    print("the check on drawings:", _percent(evaluate.agreement_on_drawings()))
    report = evaluate.agreement(pipeline)
    for prompt, share in report.prompts.items():
        print(f"| {prompt} | {share:.0%} |")
    print(f"all {report.overall:.1%}; by property: {_percent(report.properties)}")
    for threads in (1, 2):
        print(f"{evaluate.seconds_per_picture(pipeline, threads):.2f} s per picture, {threads} thread(s)")
    evaluate.grid(report.pictures).quantize(192).save(_GRID, optimize=True)


def _percent(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.1%}" for name, share in shares.items())


if __name__ == "__main__":
    main()
