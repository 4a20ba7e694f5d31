"""diffusers and transformers without their bars and notes.

They print a bar per component, and a line for each class that torchvision would speed up. One line of ours says it all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Errors only, within the block. The libraries' own settings come back afterwards."""
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    libraries = (diffusers_logging, transformers_logging)
    before = [(logging, logging.get_verbosity(), logging.is_progress_bar_enabled()) for logging in libraries]
    for logging in libraries:
        logging.set_verbosity_error()
        logging.disable_progress_bar()
    try:
        yield
    finally:
        for logging, verbosity, bar in before:
            logging.set_verbosity(verbosity)
            if bar:
                logging.enable_progress_bar()
