"""Did the run learn the subject, was the class kept, is the prompt followed?"""

from jupyter_spaces.train.evaluate.dials import class_kept_percent, fidelity_percent, knee, percent_of_base
from jupyter_spaces.train.evaluate.diffusion import diffusion_features, prompt_score
from jupyter_spaces.train.evaluate.embedder import Embedder, TextEmbedder
from jupyter_spaces.train.evaluate.evaluation import Dials, Evaluation, Scores
from jupyter_spaces.train.evaluate.judging import OnProgress, Paint, evaluate
from jupyter_spaces.train.evaluate.measures import (
    diversity,
    mutual_similarity,
    prior_preservation,
    prompt_fidelity,
    subject_fidelity,
)
from jupyter_spaces.train.evaluate.prompts import PROMPTS, Subject, prompts_for, subject_of
from jupyter_spaces.train.evaluate.vision import load_embedder

__all__ = [
    "PROMPTS",
    "Dials",
    "Embedder",
    "Evaluation",
    "OnProgress",
    "Paint",
    "Scores",
    "Subject",
    "TextEmbedder",
    "class_kept_percent",
    "diffusion_features",
    "diversity",
    "evaluate",
    "fidelity_percent",
    "knee",
    "load_embedder",
    "mutual_similarity",
    "percent_of_base",
    "prior_preservation",
    "prompt_fidelity",
    "prompt_score",
    "prompts_for",
    "subject_fidelity",
    "subject_of",
]
