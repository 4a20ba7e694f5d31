"""What a run leaves for others: its model in formats that other programs read, and the card that says what it is."""

from jupyter_spaces.train.export.card import write_card
from jupyter_spaces.train.export.final import write_final
from jupyter_spaces.train.export.kohya import to_kohya, write_kohya
from jupyter_spaces.train.export.single_file import write_single_file

__all__ = ["to_kohya", "write_card", "write_final", "write_kohya", "write_single_file"]
