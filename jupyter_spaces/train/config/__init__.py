"""What a training run is told: one frozen config, its presets, and how it is read."""

from jupyter_spaces.train.config.config import METHODS, TrainConfig, fields
from jupyter_spaces.train.config.knob import Knob
from jupyter_spaces.train.config.presets import PRESETS
from jupyter_spaces.train.config.reading import read_config, read_mapping

__all__ = ["METHODS", "PRESETS", "Knob", "TrainConfig", "fields", "read_config", "read_mapping"]
