"""What the routes of one app share, and who may use them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from docextract.service.engine import Engine
from docextract.service.gate import Gate
from docextract.service.job_reader import JobReader
from docextract.service.keys import KeyFile, Scope
from docextract.service.metrics import Metrics
from docextract.service.problems import Problem, no_key
from docextract.service.rate import RateLimit
from docextract.service.review_desk import ReviewDesk
from docextract.service.sessions import Sessions
from docextract.service.settings import Settings
from docextract.service.template_folder import TemplateFolder
from docextract.store import FileStore, Jobs


@dataclass(slots=True, eq=False)
class State:
    """One app's parts. ``keys`` is None when all callers may do everything.

    ``rate`` is None when callers may ask as often as they like.
    """

    settings: Settings
    keys: KeyFile | None
    metrics: Metrics
    gate: Gate
    engine: Engine
    jobs: Jobs
    files: FileStore
    job_reader: JobReader
    desk: ReviewDesk
    templates: TemplateFolder
    sessions: Sessions
    rate: RateLimit | None
    ready: bool = False


def state_of(request: Request) -> State:
    """The state of the app that a request came to."""
    state = request.app.state.docextract
    assert isinstance(state, State)
    return state


Shared = Annotated[State, Depends(state_of)]
_bearer = HTTPBearer(auto_error=False, description="A key made with `docextract keys new`.")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


def key_for(scope: Scope) -> Callable[[Request, _Credentials], str]:
    """A dependency that lets in who has a key of this scope; gives the key's name, "" without."""

    def admitted(request: Request, credentials: _Credentials) -> str:
        keys = state_of(request).keys
        if keys is None:
            return ""
        key = keys.find(credentials.credentials) if credentials else None
        if key is None:
            raise no_key()
        if scope not in key.scopes:
            detail = f"the key is not for {scope}. Make one with --scope {scope}"
            raise Problem(403, "wrong-scope", detail)
        return key.name

    return admitted


def reviewer_name(key: str, name: str = "") -> str:
    """What the history of the review calls a person: the key, and the name that is given."""
    return "/".join(part for part in (key, name.strip()) if part) or "anyone"
