"""The sites of streams.yaml with their buildings: what a group may say it covers."""

from fastapi import APIRouter
from pydantic import BaseModel

from patrol.values import Site
from patrol.web.doors import Viewer
from patrol.web.parts import PartsHere

router = APIRouter(prefix="/api/v1/sites", tags=["streams"])


class BuildingView(BaseModel):
    id: str
    name: str
    floors: list[str]  #: lowest first


class SiteView(BaseModel):
    id: str
    name: str
    latitude: float
    longitude: float
    time_zone: str
    duty_phone: str  #: of the duty desk; empty where there is none
    buildings: list[BuildingView]


@router.get("")
def list_sites(visitor: Viewer, parts: PartsHere) -> list[SiteView]:
    return [_view(site, parts.settings.duty_phone) for site in parts.sites() if visitor.sees(site.id)]


def _view(site: Site, duty_phone: str) -> SiteView:
    return SiteView(
        id=site.id,
        name=site.name,
        latitude=site.latitude,
        longitude=site.longitude,
        time_zone=site.time_zone,
        duty_phone=site.duty_phone or duty_phone,
        buildings=[BuildingView(id=it.id, name=it.name, floors=list(it.floors)) for it in site.buildings],
    )
