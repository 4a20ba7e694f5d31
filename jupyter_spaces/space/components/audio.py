"""Audio: a sound, as samples, as a file or as its bytes.

Samples travel as WAV, 16 bits, written and read by the standard library. Other formats (MP3, Ogg, FLAC) pass through as
files: decoding them takes a codec, which the function brings itself if it wants one. Browsers hold one too, so the
widget sends WAV whenever the function wants samples.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any, Literal

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components.base import refuse
from jupyter_spaces.space.components.blobs import Blob
from jupyter_spaces.space.components.content import sniff
from jupyter_spaces.space.components.file import FileComponent
from jupyter_spaces.space.components.number import as_number
from jupyter_spaces.space.components.paths import read_file
from jupyter_spaces.space.components.registry import register_component
from jupyter_spaces.space.components.wording import listed
from jupyter_spaces.space.uploads import store_upload

SOURCES = ("upload", "microphone")
MAX_RATE = 768_000  # Hz, the highest that converters offer
MAX_CHANNELS = 8
# Vocoders overshoot 1 a little, and clipping is what a loudspeaker does; beyond this the scale is another one.
_LOUDEST = 2.0


@register_component
@dataclass(frozen=True, eq=False)
class Audio(FileComponent):
    """A sound. `type` says what the function receives; results may be any of them.

    `type="numpy"`: (sample_rate in Hz, float32 array in [-1, 1] of shape (samples,) or (samples, channels));
    `"path"`: a Path below the upload folder; `"bytes"`: a file's content.
    """

    kind = "audio"
    types = ("numpy", "path", "bytes")

    type: Literal["numpy", "path", "bytes"] = "numpy"
    _: KW_ONLY
    sources: Sequence[str] = SOURCES
    max_duration: float | None = None  # seconds; checked where the samples are read (WAV)

    def check_definition(self) -> None:
        if not self.sources or isinstance(self.sources, str) or not set(self.sources) <= set(SOURCES):
            raise DefinitionError(f"Audio has sources={self.sources!r}; it is a list of {listed(SOURCES)}.")
        if self.max_duration is not None and not self.max_duration > 0:
            raise DefinitionError(f"Audio has max_duration={self.max_duration}; it is in seconds and above 0.")
        if not self.accept:
            object.__setattr__(self, "accept", ("audio/wav",) if self.type == "numpy" else ("audio/*",))
        super().check_definition()

    def check_value(self, value: object) -> Any:
        if isinstance(value, (tuple, list)) and len(value) == 2:
            rate, samples = _checked_samples(value[0], value[1])
            self._check_duration(len(samples) / rate)
            if self.type == "numpy":
                return rate, samples
            data = write_wav(rate, samples)
            return data if self.type == "bytes" else store_upload(data, "audio.wav")
        if not isinstance(value, (str, Path, bytes, bytearray)):
            raise refuse(value, "a pair (sample_rate, array), a path or the bytes of an audio file")
        if self.type == "numpy":
            data = bytes(value) if isinstance(value, (bytes, bytearray)) else read_file(self.existing_file(value))
            return self.decode(Blob(data, "audio/*"))
        return super().check_value(value)

    def encode(self, value: Any) -> Blob:
        if isinstance(value, tuple):
            return Blob(write_wav(*value), "audio/wav", "audio.wav")
        return super().encode(value)

    def decode(self, blob: Blob) -> Any:
        self.identify(blob)
        if sniff(blob.data) == "audio/wav":
            rate, samples = read_wav(blob.data)
            self._check_duration(len(samples) / rate)
            if self.type == "numpy":
                return rate, samples
        elif self.type == "numpy":
            raise InputError(
                "Audio with type='numpy' reads WAV files; for other formats the author writes type='path'."
            )
        return super().decode(blob)

    def example_value(self) -> Any:
        import numpy as np

        rate = 16_000
        tone = 0.25 * np.sin(2 * np.pi * 440 * np.arange(rate // 4) / rate)
        return self.check_value((rate, tone))

    def text_of(self, value: Any) -> str:
        if not isinstance(value, tuple):
            return super().text_of(value)
        rate, samples = value
        return f"audio of {len(samples) / rate:.2f} s at {rate} Hz"

    def _check_duration(self, seconds: float) -> None:
        if self.max_duration is not None and seconds > self.max_duration:
            raise InputError(f"The audio lasts {seconds:.1f} s; at most {self.max_duration} s are accepted.")


def write_wav(rate: int, samples: Any) -> bytes:
    """Return a WAV file of 16 bits of float samples in [-1, 1], shape (samples,) or (samples, channels)."""
    import wave

    import numpy as np

    pcm = (np.asarray(samples) * 32768).round().clip(-32768, 32767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if pcm.ndim == 1 else pcm.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.tobytes())
    return buffer.getvalue()


def read_wav(data: bytes) -> tuple[int, Any]:
    """Return (sample_rate in Hz, float32 samples in [-1, 1]) of a PCM WAV file, 8 to 32 bits. Raises InputError."""
    import wave

    import numpy as np

    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            rate, width, channels = file.getframerate(), file.getsampwidth(), file.getnchannels()
            raw = file.readframes(file.getnframes())
    except Exception as error:
        # A damaged header makes the reader raise wave.Error, EOFError, struct.error or RuntimeError.
        reason = str(error) or type(error).__name__
        raise InputError(f"The WAV file cannot be read ({reason}): save it as 16-bit PCM.") from error
    if not (1 <= rate <= MAX_RATE and 1 <= channels <= MAX_CHANNELS and 1 <= width <= 4):
        raise InputError(
            f"The WAV file says {rate} Hz, {channels} channels and {8 * width} bits, which is not accepted."
        )
    frame = width * channels
    raw = raw[: len(raw) // frame * frame]  # a recording that was cut off ends within a frame
    if width == 1:  # unsigned, by the format's definition
        samples = (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / 128
    else:
        # The bytes go to the upper end of an int32, which scales every width alike, 24 bits included.
        wide = np.zeros((len(raw) // width, 4), np.uint8)
        wide[:, 4 - width :] = np.frombuffer(raw, np.uint8).reshape(-1, width)
        samples = (wide.view("<i4")[:, 0] / 2**31).astype(np.float32)
    return rate, samples if channels == 1 else samples.reshape(-1, channels)


def _checked_samples(rate: object, samples: Any) -> tuple[int, Any]:
    """Return the rate and float32 samples in [-1, 1] of ints of any width or of floats. Raises InputError."""
    import numpy as np

    try:
        hertz = int(as_number(rate, integer=True))
    except InputError as error:
        raise InputError(f"The sample rate, first of the pair (sample_rate, array): {error}") from error
    if not 1 <= hertz <= MAX_RATE:
        raise InputError(f"The sample rate is {hertz} Hz; it is between 1 and {MAX_RATE}.")
    if not hasattr(samples, "__array__"):
        raise refuse(samples, "the samples as a NumPy array")
    try:
        array = np.asarray(samples)
    except Exception as error:
        raise InputError(f"The samples cannot be read as an array: {error}.") from error
    if array.ndim not in (1, 2) or (array.ndim == 2 and not 1 <= array.shape[1] <= MAX_CHANNELS):
        raise InputError(
            f"The samples have the shape {array.shape}; give (samples,) or (samples, channels) "
            f"with at most {MAX_CHANNELS} channels. (channels, samples) becomes one with .T"
        )
    if array.dtype == np.uint8:
        return hertz, (array.astype(np.float32) - 128) / 128
    if array.dtype.kind == "i":
        return hertz, (array / (np.iinfo(array.dtype).max + 1)).astype(np.float32)
    if array.dtype.kind != "f":
        raise InputError(f"Samples of {array.dtype} are not accepted: give floats in [-1, 1] or int16.")
    peak = float(np.abs(array).max(initial=0))
    if not peak <= _LOUDEST:  # written so that NaN fails too
        raise InputError(f"Samples as floats are in [-1, 1]; the largest of these is {peak}. Divide by the peak.")
    return hertz, array.clip(-1, 1).astype(np.float32)
