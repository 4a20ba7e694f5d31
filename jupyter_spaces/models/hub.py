"""A pipeline from the Hugging Face Hub, or any server of the same REST shape: its files, in the local cache.

The one idea: everything that can be known before the download is checked before it (access, format, whether it can
fit), and each usual failure is one sentence with what to do. The transfer itself is `huggingface_hub`'s.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_spaces.errors import ModelAccessDenied, ModelError, ModelFormatError, ModelNotFound
from jupyter_spaces.models.folder import INDEX, Selection, parse_index, select

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

OFFLINE_VARIABLES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "DIFFUSERS_OFFLINE")
TIMEOUT = 15  # s to the first answer


def offline_variable() -> str | None:
    """The environment variable that forbids the network, when one does."""
    on = [name for name in OFFLINE_VARIABLES if os.environ.get(name, "").upper() in ("1", "ON", "YES", "TRUE")]
    return on[0] if on else None


def fetch(
    repo_id: str,
    *,
    revision: str | None,
    token: str | None,
    half: bool,
    may_fit: Callable[[int], None],
) -> Path:
    """The folder in the local cache that holds the repository's pipeline, downloaded when it is not there yet.

    `may_fit` is called with the bytes of the weights' files before they are downloaded, and may refuse.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    variable = offline_variable()
    if variable:
        return _cached(repo_id, revision, because=f"{variable}=1 forbids the network")
    try:
        info = HfApi(token=token).model_info(repo_id, revision=revision, files_metadata=True, timeout=TIMEOUT)
    except HFValidationError:
        raise ModelNotFound(
            f"{repo_id!r} is neither a folder here nor a repository id, which reads 'owner/name'. "
            "Write the path of a folder that save_pretrained() wrote, or 'tiny' for the built-in model."
        ) from None
    except HfHubHTTPError as error:
        raise refusal(repo_id, revision, error) from None
    except Exception as error:
        if not _is_network_failure(error):
            raise
        return _cached(repo_id, revision, because=f"the hub cannot be reached ({_one_line(error)})")
    selection = _select(info, repo_id, token=token, revision=revision, half=half)
    sizes = {sibling.rfilename: sibling.size or 0 for sibling in info.siblings or []}
    may_fit(sum(sizes[name] for name in selection.weights))
    try:
        # The exact commit: a push in the middle does not mix two versions.
        folder = snapshot_download(repo_id, revision=info.sha, token=token, allow_patterns=list(selection.files))
    except HfHubHTTPError as error:
        raise refusal(repo_id, revision, error) from None
    except Exception as error:
        if not _is_network_failure(error):
            raise
        raise ModelNotFound(
            f"The download of {repo_id!r} broke off ({_one_line(error)}). Run the cell again: it goes on where it "
            "stopped."
        ) from error
    return Path(folder)


def refusal(repo_id: str, revision: str | None, error: Exception) -> ModelError:
    """The sentence for an answer of the hub that is no success. Shared by the listing and the download."""
    from huggingface_hub import constants
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    page = f"{constants.ENDPOINT}/{repo_id}"
    login = "log in with `hf auth login` (or pass token=...)"
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if isinstance(error, GatedRepoError):
        return ModelAccessDenied(
            f"{repo_id!r} is gated: its authors ask for an agreement first. Accept it at {page}, then {login} and run "
            "the cell again."
        )
    if isinstance(error, RevisionNotFoundError):
        return ModelNotFound(
            f"{repo_id!r} has no revision {revision!r}. Its branches and tags are listed at {page}/tree/main."
        )
    if isinstance(error, RepositoryNotFoundError):
        return ModelNotFound(
            f"There is no public model {repo_id!r} at {constants.ENDPOINT}. Check the spelling; if it is private, "
            f"{login} with an account that may see it."
        )
    if status in (401, 403):
        return ModelAccessDenied(
            f"The hub refuses access to {repo_id!r} ({status}): {login} with an account that may read it."
        )
    if status == 429:
        return ModelError(f"The hub answers {repo_id!r} with 429, too many requests. Wait a few minutes, or {login}.")
    if isinstance(error, HfHubHTTPError) and status is not None:
        return ModelError(f"The hub answers {repo_id!r} with {status}. Try again later. It said: {_one_line(error)}")
    return ModelError(f"{repo_id!r} could not be fetched: {_one_line(error)}")


def _select(info: ModelInfo, repo_id: str, *, token: str | None, revision: str | None, half: bool) -> Selection:
    """What to download, from the hub's list of files and the repository's index."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    names = [sibling.rfilename for sibling in info.siblings or []]
    if INDEX not in names:
        what = f"a {info.library_name} model" if info.library_name else "something else"
        raise ModelFormatError(
            f"{repo_id!r} is not a diffusers pipeline (it has no {INDEX}) but {what}. Load it with the library that "
            "made it and register the result: models.register('name', model)."
        )
    try:
        # By its own name, so that the cache learns which commit it stands for; offline, nobody else could say.
        index = hf_hub_download(repo_id, INDEX, revision=revision, token=token)
    except HfHubHTTPError as error:
        raise refusal(repo_id, revision, error) from None
    except LocalEntryNotFoundError as error:
        raise refusal(repo_id, revision, error.__cause__ if isinstance(error.__cause__, Exception) else error) from None
    return select(names, parse_index(Path(index).read_text("utf-8"), repr(repo_id)), half=half, where=repr(repo_id))


def _cached(repo_id: str, revision: str | None, *, because: str) -> Path:
    """The repository as an earlier download left it."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    missing = ModelNotFound(
        f"{repo_id!r} is not on this machine, and {because}. Get it where there is a network, with "
        f"`hf download {repo_id} --local-dir FOLDER`, and load that folder; 'tiny' is built in and needs no network."
    )
    try:
        folder = Path(snapshot_download(repo_id, revision=revision, local_files_only=True))
    except FileNotFoundError as error:
        # The snapshot lacks files of the repository, as it does whenever only the pipeline's own were downloaded.
        if not hasattr(error, "snapshot_path"):
            raise missing from None
        folder = Path(error.snapshot_path)
    except HFValidationError:
        raise missing from None
    if not (folder / INDEX).is_file():
        raise missing
    return folder


def _is_network_failure(error: Exception) -> bool:
    # The HTTP library under huggingface_hub has changed twice (requests, httpx, its fork); its name is no contract.
    failures = {"TransportError", "ConnectionError", "OfflineModeIsEnabled", "LocalEntryNotFoundError", "TimeoutError"}
    return any(kind.__name__ in failures for kind in type(error).__mro__)


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:199]}…"
