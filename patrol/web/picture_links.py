"""The page behind a link that stands in a message instead of a picture: one picture, one group's, for a time."""

from fastapi import APIRouter, Request, status
from starlette.responses import HTMLResponse, Response

from patrol.dispatch import links, wording
from patrol.store.blobs import PictureGone
from patrol.web import templates
from patrol.web.doors import require_same_origin
from patrol.web.parts import PartsHere
from patrol.web.pictures import jpeg
from patrol.web.problems import language_of

router = APIRouter(prefix="/h/{token}", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def show_page(token: str, request: Request, parts: PartsHere) -> Response:
    try:
        with parts.database.read() as session:
            delivery = links.look(session, token, parts.clock())
            language = wording.language_of(delivery.group)
            text = wording.text_of(delivery)
    except PictureGone:
        gone = templates.render("gone.html", language_of(request.scope))
        return HTMLResponse(gone, status.HTTP_410_GONE)
    return HTMLResponse(templates.render("picture.html", language, text=text, picture=f"/h/{token}/picture"))


@router.post("/opened", status_code=status.HTTP_204_NO_CONTENT)
def note_opening(token: str, request: Request, parts: PartsHere) -> None:
    """The page's own script says it; a stranger's token is looked up before anything is locked for it."""
    require_same_origin(request, parts.settings.public_url)
    with parts.database.read() as session:
        links.look(session, token, parts.clock())
    with parts.database.write() as session:
        links.note_opening(session, token, parts.clock())


@router.get("/picture", response_class=Response)
def show_picture(token: str, parts: PartsHere) -> Response:
    with parts.database.read() as session:
        return jpeg(links.picture(session, parts.blobs, token, parts.clock()))
