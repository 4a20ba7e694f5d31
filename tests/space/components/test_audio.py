"""Audio: samples, WAV files, and what passes through."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jupyter_spaces.errors import DefinitionError, InputError
from jupyter_spaces.space.components import Audio, Blob, read_wav, write_wav


def wav(width: int, frames: bytes, channels: int = 1, rate: int = 8000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(frames)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("width", "frames"),
    [
        (1, bytes([128, 192, 0])),
        (2, np.array([0, 2**14, -(2**15)], "<i2").tobytes()),
        (3, b"\x00\x00\x00" + b"\x00\x00\x40" + b"\x00\x00\x80"),
        (4, np.array([0, 2**30, -(2**31)], "<i4").tobytes()),
    ],
)
def test_every_width_of_pcm_is_read_on_one_scale(width: int, frames: bytes) -> None:
    rate, samples = read_wav(wav(width, frames))
    assert rate == 8000
    assert samples.dtype == np.float32
    assert samples.tolist() == [0.0, 0.5, -1.0]


def test_channels_are_the_second_axis() -> None:
    stereo = np.array([[0.5, -0.5], [0.25, 0.0]], np.float32)
    rate, samples = read_wav(write_wav(44_100, stereo))
    assert rate == 44_100
    assert np.array_equal(samples, stereo)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([16384], np.int16), 0.5),
        (np.array([2**30], np.int32), 0.5),
        (np.array([192], np.uint8), 0.5),
        (np.array([0.5], np.float64), 0.5),
        (np.array([1.05], np.float32), 1.0),  # a vocoder's overshoot is clipped, as a loudspeaker does
    ],
)
def test_samples_of_every_usual_type_become_floats(array: Any, expected: float) -> None:
    rate, samples = Audio().check((16_000, array))
    assert (rate, samples.dtype) == (16_000, np.float32)
    assert samples[0] == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((16_000, np.zeros((2, 16_000))), r"shape \(2, 16000\); give .* \(channels, samples\) becomes one with \.T"),
        ((16_000, np.array([300.0])), "the largest of these is 300.0. Divide by the peak"),
        ((16_000, np.array([np.nan])), "the largest of these is nan"),
        ((16_000, np.array([1j])), "Samples of complex128 are not accepted"),
        ((16_000, [0.0]), "give the samples as a NumPy array"),
        ((np.zeros(3), 16_000), "The sample rate, first of the pair"),
        ((0, np.zeros(3)), "The sample rate is 0 Hz; it is between 1 and 768000"),
        (np.zeros(3), r"give a pair \(sample_rate, array\), a path or the bytes"),
    ],
)
def test_what_is_no_sound_is_refused_with_a_sentence(value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Audio().check(value)


def test_a_sound_has_a_longest_duration() -> None:
    with pytest.raises(InputError, match=r"The audio lasts 2.0 s; at most 1.5 s are accepted"):
        Audio(max_duration=1.5).check((8000, np.zeros(16_000)))
    long = {"name": "a.wav", "data": Blob(write_wav(8000, np.zeros(16_000)), "audio/wav").to_url()}
    with pytest.raises(InputError, match=r"at most 1\.5 s are accepted"):
        Audio("path", max_duration=1.5).from_json(long)
    with pytest.raises(DefinitionError, match="Audio has max_duration=0"):
        Audio(max_duration=0)


@pytest.mark.parametrize("kind", ["path", "bytes"])
def test_other_formats_pass_through_as_files_and_are_refused_as_samples(kind: Any) -> None:
    mp3 = b"ID3\x04" + bytes(60)
    sent: Any = {"name": "a.mp3", "data": Blob(mp3, "audio/mpeg").to_url()}
    value = Audio(kind).from_json(sent)
    assert (value if kind == "bytes" else value.read_bytes()) == mp3
    with pytest.raises(InputError, match=r"'a.mp3' \(audio/mpeg\) is not accepted here: give 'audio/wav'"):
        Audio().from_json(sent)
    with pytest.raises(InputError, match="reads WAV files; for other formats the author writes type='path'"):
        Audio(accept=["audio/*"]).from_json(sent)


def test_a_damaged_wav_is_refused() -> None:
    good = wav(2, bytes(100))
    for data in (
        good[:20],
        good[:12] + b"junk" * 9,
        good[:20] + b"\x03\x00" + good[22:],
        good[:22] + b"\xff\xff" + good[24:],
    ):
        with pytest.raises(InputError, match="The WAV file"):
            read_wav(data)
    # A recording that was cut off within a frame is read up to there.
    assert len(read_wav(good[:-1])[1]) == 49


def test_a_path_that_exists_is_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    path.write_bytes(wav(2, bytes(8)))
    assert Audio("path").check(path) == path
    assert Audio("bytes").check(path) == path.read_bytes()
    assert Audio().check(path)[0] == 8000
