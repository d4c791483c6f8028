"""What the editor asks for beside its socket: samples in, pictures and the template out."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, File, Request, Response, UploadFile

from docextract.editing import Bundle
from docextract.service.keys import Scope
from docextract.service.problems import Problem
from docextract.service.uploads import take
from docextract.web.export import Download
from docextract.web.routes import attached
from docextract.web.visit import visit_of
from docextract.web.workshop import Workshop, Workshops

router = APIRouter(prefix="/workshops", include_in_schema=False)


def workshops_of(app: FastAPI) -> Workshops:
    """The workshops of NiceGUI's app."""
    workshops = app.state.workshops
    assert isinstance(workshops, Workshops)
    return workshops


def _workshop(request: Request, workshop: str) -> Workshop:
    visit = visit_of(request)
    if not visit.may(Scope.TEMPLATES):
        detail = "the key is not for templates. Make one with --scope templates"
        raise Problem(403, "wrong-scope", detail)
    return workshops_of(request.app).find(workshop, visit.session)


OfTab = Annotated[Workshop, Depends(_workshop)]


@router.post("/{workshop}/files")
async def add_file(
    request: Request, workshop: OfTab, file: Annotated[UploadFile, File()]
) -> dict[str, str]:
    """Take a sample or a lexicon in; what becomes of it is told over the page's socket."""
    (upload,) = await take([file], visit_of(request).state.settings)
    workshop.add(upload)
    return {}


@router.get("/{workshop}/pictures/{key}")
async def picture(workshop: OfTab, key: str) -> Response:
    """The picture under the boxes."""
    shown = workshop.shown
    if shown is None or shown.key != key:
        raise Problem(404, "no-page", "this picture is no longer shown. Load the page again")
    return Response(shown.jpeg, media_type="image/jpeg")


@router.get("/{workshop}/template.zip")
async def download(workshop: OfTab) -> Response:
    """The template with the files beside it."""
    bundle = _bundle(workshop)
    data = await asyncio.to_thread(bundle.zipped)
    return attached(Download(f"{bundle.name or 'template'}.zip", data, "application/zip"))


@router.get("/{workshop}/template.yaml")
async def download_text(workshop: OfTab) -> Response:
    """The template's text alone."""
    bundle = _bundle(workshop)
    name = f"{bundle.name or 'template'}.yaml"
    return attached(Download(name, bundle.text.encode(), "application/yaml; charset=utf-8"))


def _bundle(workshop: Workshop) -> Bundle:
    if workshop.bundle is None:
        raise Problem(404, "no-template", "no template is open. Propose or open one first")
    return workshop.bundle
