"""The service put together: state, middleware and routes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from docextract import __version__
from docextract.errors import DocextractError
from docextract.recognition import Recognizer
from docextract.service.engine import Engine, find_templates
from docextract.service.gate import Gate
from docextract.service.gathering import GatheringRecognizer
from docextract.service.guard import Guard
from docextract.service.job_reader import JobReader
from docextract.service.keys import load_keys
from docextract.service.metrics import Measured, Metrics
from docextract.service.problems import ProblemDetails, handle_problems
from docextract.service.rate import RateLimit
from docextract.service.retention import keep_purging
from docextract.service.review_desk import ReviewDesk
from docextract.service.routes import about, jobs, reading, review
from docextract.service.sessions import Sessions
from docextract.service.settings import Settings
from docextract.service.state import State
from docextract.service.template_folder import TemplateFolder
from docextract.store import Jobs, Reviews, open_database, open_files

_log = logging.getLogger("docextract.service")

_DESCRIPTION = """\
Pictures of papers in, text or typed records out. Errors are problem details (RFC 9457) that say the
place, the value found and the cure.
"""


def create_app(settings: Settings) -> FastAPI:
    """A service as an ASGI app; raises UsageError for settings that cannot be."""
    settings.check()
    state = _new_state(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        loading = asyncio.create_task(_load(state))
        state.job_reader.start()
        purging = asyncio.create_task(
            keep_purging(state.jobs, state.files, settings.feedback_folder, settings.keep_days)
        )
        yield
        loading.cancel()
        purging.cancel()
        await asyncio.to_thread(state.job_reader.stop)
        await asyncio.to_thread(state.gate.close)

    app = FastAPI(
        title="docextract",
        version=__version__,
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.docextract = state
    app.include_router(about.router)
    app.include_router(reading.router)
    app.include_router(jobs.router)
    app.include_router(review.router)
    handle_problems(app)
    app.add_middleware(
        Guard, settings=settings, keys=state.keys, sessions=state.sessions, rate=state.rate
    )
    app.add_middleware(Measured, metrics=state.metrics)
    app.openapi = _documented(app, keys=state.keys is not None)  # type: ignore[method-assign]
    return app


def from_environment() -> FastAPI:
    """The app of a worker process."""
    return create_app(Settings.from_environment())


def _new_state(settings: Settings) -> State:
    metrics = Metrics()
    gate = Gate(settings.at_once, settings.waiting, seen=metrics.inside.set)
    gather: Callable[[Recognizer], Recognizer] | None = None
    if settings.batch_wait_ms > 0:
        gather = partial(
            GatheringRecognizer,
            wait_s=settings.batch_wait_ms / 1000,
            others=lambda: gate.working,
            seen=metrics.batch,
        )
    engine = Engine(
        find_templates(settings.templates),
        gather,
        feedback=settings.feedback_folder,
        split=settings.split,
        random_look=settings.random_look,
    )
    for name in settings.preload:
        engine.check(name)
    for name in engine.template_names:  # mistakes come early
        engine.template(name)
    files = open_files(settings.files_place)
    database = open_database(settings.database_url)
    jobs = Jobs(database, lease_s=settings.lease_s)
    reviews = Reviews(database, lease_s=settings.review_lease_s)
    return State(
        settings=settings,
        keys=None if settings.keys is None else load_keys(settings.keys),
        metrics=metrics,
        gate=gate,
        engine=engine,
        jobs=jobs,
        files=files,
        job_reader=JobReader(
            jobs,
            files,
            engine,
            metrics,
            lease_s=settings.lease_s,
            threads=settings.job_readers,
        ),
        desk=ReviewDesk(engine, reviews, files, target=settings.review_target),
        templates=TemplateFolder(settings.templates, engine),
        sessions=Sessions(),
        rate=None if settings.per_minute is None else RateLimit(settings.per_minute),
    )


async def _load(state: State) -> None:
    """Load what readings will need, while the process answers already."""
    try:
        await asyncio.to_thread(state.engine.reader)
        for name in state.settings.preload:
            await asyncio.to_thread(state.engine.extractor, name)
    except DocextractError as error:
        _log.error("not ready: %s", error)
        return
    state.ready = True


def _documented(app: FastAPI, *, keys: bool) -> Callable[[], dict[str, object]]:
    """OpenAPI with the schema of problems, to which routes refer by name.

    Where no ``keys`` are asked for, it does not speak of them.
    """

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                license_info=app.license_info,
                routes=app.routes,
            )
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            schemas["ProblemDetails"] = ProblemDetails.model_json_schema()
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            if not keys:
                _without_security(schema)
            app.openapi_schema = schema
        return app.openapi_schema

    return openapi


def _without_security(
    schema: Mapping[str, MutableMapping[str, MutableMapping[str, MutableMapping[str, object]]]],
) -> None:
    schema["components"].pop("securitySchemes", None)
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
