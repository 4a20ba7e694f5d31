"""Every exception that jupyter_spaces raises on purpose, in one tree.

A message is a sentence for the person who reads it: what was given, what is accepted, what to type next.

    SpacesError
    ├── DefinitionError         a Space, an endpoint or a component is declared wrongly
    │   ├── UnsupportedTypeError    a type hint for which no component exists
    │   └── DuplicateNameError      two Spaces, endpoints or slots of one name
    ├── NameNotFoundError       no Space, endpoint, model or option of that name (also a KeyError)
    ├── InputError              a value that a component refuses (also a ValueError)
    ├── ResultError             a function returned something its result component cannot show (also a TypeError)
    ├── CallError               the user's function raised; carries the endpoint, the inputs and the cause
    ├── JobError
    │   ├── JobCancelled        somebody asked the job to stop
    │   ├── JobTimeout          the result did not come in the time allowed (also a TimeoutError)
    │   ├── JobAbandoned        the job ignored its cancellation and its worker was replaced
    │   └── QueueFull           the queue refuses more work
    ├── ModelError
    │   ├── ModelNotFound       no such repository, folder or file, or no network to fetch it
    │   ├── ModelAccessDenied   a gated or private repository
    │   ├── ModelFormatError    weights that are not safetensors, or a folder that is no pipeline
    │   └── ModelTooLarge       does not fit into the memory of the device
    ├── TrainError
    │   ├── ConfigError         a training config that cannot be used; names the field (also a ValueError)
    │   ├── PhotoError          pictures that cannot be trained on
    │   ├── CheckpointError     a checkpoint or run folder that is incomplete, damaged or of another run
    │   └── TrainingTooLarge    the memory of the device ran out; says what was kept and what to change
    └── MissingExtraError       an optional dependency is not installed (also an ImportError)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class SpacesError(Exception):
    """Base of every exception raised on purpose by this package."""


class DefinitionError(SpacesError):
    """A Space, an endpoint or a component is declared wrongly."""


class UnsupportedTypeError(DefinitionError, TypeError):
    """A type hint for which no component exists."""


class DuplicateNameError(DefinitionError):
    """Two things of one name where a name must be unique."""


class NameNotFoundError(SpacesError, KeyError):
    """Nothing has that name. Says which names exist and the closest of them."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument; a sentence must read as a sentence.
        return str(self.args[0]) if self.args else ""


class InputError(SpacesError, ValueError):
    """A value that a component refuses. `parameter` is the name of the parameter, when it is known."""

    def __init__(self, message: str, *, parameter: str | None = None) -> None:
        super().__init__(message)
        self.parameter = parameter

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild_input_error, (type(self), self.args[0], self.parameter))


def _rebuild_input_error(kind: type[InputError], message: str, parameter: str | None) -> InputError:
    return kind(message, parameter=parameter)


class ResultError(SpacesError, TypeError):
    """A function returned something that its result component cannot show."""


class CallError(SpacesError):
    """The user's function raised. `__cause__` is the original exception.

    `endpoint` names the function, `inputs` is a one-line rendering of the call's values.
    """

    def __init__(self, endpoint: str, inputs: str, message: str) -> None:
        super().__init__(f"{endpoint}({inputs}) failed: {message}")
        self.endpoint = endpoint
        self.inputs = inputs
        self.message = message

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.endpoint, self.inputs, self.message))


class JobError(SpacesError):
    """Something about a job rather than about what it computes."""


class JobCancelled(JobError):
    """Somebody asked the job to stop."""


class JobTimeout(JobError, TimeoutError):
    """The result did not come in the time allowed; the job itself goes on."""


class JobAbandoned(JobError):
    """The job ignored its cancellation, and its worker thread was given up and replaced."""


class QueueFull(JobError):
    """The queue refuses more work. Says how many jobs wait and what to do."""


class ModelError(SpacesError):
    """A model could not be loaded, placed or freed."""


class ModelNotFound(ModelError):
    """No such repository, folder or file, or no network to fetch it."""


class ModelAccessDenied(ModelError):
    """A gated or private repository."""


class ModelFormatError(ModelError):
    """Weights that are not safetensors, or a folder that is not a pipeline."""


class ModelTooLarge(ModelError):
    """The model does not fit into the memory of the device."""


class TrainError(SpacesError):
    """A training run could not start or go on."""


class ConfigError(TrainError, ValueError):
    """A training config that cannot be used. `field` is the name of the field, when it is about one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild_config_error, (self.args[0], self.field))


def _rebuild_config_error(message: str, field: str | None) -> ConfigError:
    return ConfigError(message, field=field)


class PhotoError(TrainError):
    """Pictures that cannot be trained on. Names every one of them and why."""


class CheckpointError(TrainError):
    """A checkpoint or a run's folder that is incomplete, damaged, or belongs to another run."""


class TrainingTooLarge(TrainError):
    """The memory of the device ran out while training. Says what was kept and what to change."""


class MissingExtraError(SpacesError, ImportError):
    """An optional dependency is not installed."""


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return ' Did you mean 'x'?' for the closest of `known`, or '' when nothing is close."""
    close = difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""
