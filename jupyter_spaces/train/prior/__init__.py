"""Class images: pictures of the class by the untrained model, which the run must not forget how to make."""

from jupyter_spaces.train.prior.class_images import ClassImages, OwnClassImages
from jupyter_spaces.train.prior.pace import Pace

__all__ = ["ClassImages", "OwnClassImages", "Pace"]
