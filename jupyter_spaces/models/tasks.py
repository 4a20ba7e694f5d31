"""The tasks that a pipeline can be asked for, by the names that the hub uses, and diffusers' classes for them."""

from __future__ import annotations

from typing import Any

from jupyter_spaces.errors import ModelError, did_you_mean
from jupyter_spaces.models.quiet import quiet

TASKS = {
    "text-to-image": "AutoPipelineForText2Image",
    "image-to-image": "AutoPipelineForImage2Image",
    "inpainting": "AutoPipelineForInpainting",
}


def check_task(task: str | None) -> None:
    """Raise `ModelError` for a task that does not exist."""
    if task is not None and task not in TASKS:
        raise ModelError(f"task={task!r} is no task. Choose from {', '.join(TASKS)}.{did_you_mean(task, TASKS)}")


def auto_class(task: str) -> Any:
    """diffusers' `AutoPipelineFor...` of the task."""
    with quiet():
        import diffusers

        return getattr(diffusers, TASKS[task])


def task_of(pipeline: Any) -> str | None:
    """The task that the pipeline's class serves; None for one of another kind (video, audio, 3D ...)."""
    with quiet():
        from diffusers.pipelines import auto_pipeline

    mappings = {
        "text-to-image": auto_pipeline.AUTO_TEXT2IMAGE_PIPELINES_MAPPING,
        "image-to-image": auto_pipeline.AUTO_IMAGE2IMAGE_PIPELINES_MAPPING,
        "inpainting": auto_pipeline.AUTO_INPAINT_PIPELINES_MAPPING,
    }
    for task, classes in mappings.items():
        if any(kind is type(pipeline) for kind in classes.values()):
            return task
    return None
