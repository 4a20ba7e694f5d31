"""What a training run is shown: checked photos with their captions, crops and masks."""

from jupyter_spaces.train.data.captions import caption_warnings, captions_for, without_subject
from jupyter_spaces.train.data.crops import Crop, apply_crop, plan_crops
from jupyter_spaces.train.data.masks import Mask, apply_mask, masks_for
from jupyter_spaces.train.data.photos import Checked, Photo, check_photos, find_photos

__all__ = [
    "Checked",
    "Crop",
    "Mask",
    "Photo",
    "apply_crop",
    "apply_mask",
    "caption_warnings",
    "captions_for",
    "check_photos",
    "find_photos",
    "masks_for",
    "plan_crops",
    "without_subject",
]
