"""Every knob of the tiny model, with its meaning; the defaults made the weights that are shipped."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AutoencoderSettings:
    """The autoencoder: 64x64 pixels to 16x16 positions of 8 channels and back."""

    channels: tuple[int, ...] = (16, 32, 64)  # width at 64, 32 and 16 pixels; a fourth level stayed at 21 dB
    latent_channels: int = 8  # PCA of 4x4 patches to 8 numbers: 30.0 dB on unseen photographs; to 4: 24.7 dB
    steps: int = 2600  # optimizer steps
    batch: int = 16  # pictures per step
    photographs: float = 0.5  # share of photographs in a batch; the rest is drawn
    learning_rate: float = 1.5e-3  # peak, after a short warm-up; cosine to zero
    decoder_steps: int = 900  # afterwards, of the decoder alone: the latents stay as the denoiser knows them
    kl_weight: float = 1e-4  # on the mean KL of a latent number, beside the mean squared error of a pixel in [-1, 1]
    seed: int = 1


@dataclass(frozen=True)
class PictureSettings:
    """The pictures that the denoiser learns from: drawn once, kept as latents."""

    pictures: int = 40_000  # drawn once; each with `captions` descriptions
    captions: int = 4  # descriptions per picture, one chosen at random per use
    seed: int = 2


@dataclass(frozen=True)
class TextSettings:
    """The CLIP text encoder and its warm-up: without one, the denoiser learns to ignore the words."""

    width: int = 96  # of a token's state; also what the denoiser attends to
    layers: int = 2
    heads: int = 4
    steps: int = 500  # optimizer steps of predicting the scene from its caption
    batch: int = 96  # captions per step
    learning_rate: float = 2e-3  # peak
    seed: int = 3


@dataclass(frozen=True)
class DenoiserSettings:
    """The UNet and its training, together with the text encoder."""

    channels: tuple[int, ...] = (48, 80, 112)  # width at 16, 8 and 4 positions; words are attended to at 8
    heads: int = 4
    steps: int = 5000  # optimizer steps
    batch: int = 32  # pictures per step
    # Plans: from a step on, a value. The share of pictures with a plain object, not small, in the centre: outlines are
    # learnt there first.
    easy: tuple[tuple[int, float], ...] = ((0, 0.9), (800, 0.6), (2500, 0.35))
    # The exponent of a random number that gives the noise level: 0.15 is nearly all noise, where the words alone say
    # what the picture is; 0.5 prefers high noise, where outlines form.
    high: tuple[tuple[int, float], ...] = ((0, 0.15), (800, 0.35), (3000, 0.5))
    object_weight: float = 3.0  # how much more an error on the object counts than one on the background
    hold: float = 0.72  # share of the steps at the peak learning rate
    learning_rate: float = 1e-3  # peak, after a short warm-up; cosine to zero at the end
    text_learning_rate: float = 3e-4  # the text encoder's, likewise
    caption_dropout: float = 0.1  # share of empty captions, for classifier-free guidance
    snr_gamma: float = 5.0  # steps with a signal-to-noise ratio above it count less (Min-SNR, Hang et al., 2023)
    ema: float = 0.999  # decay of the averaged weights, which are the ones that ship
    seed: int = 4
