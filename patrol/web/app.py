"""The web, put together: what stands before the routes, the routes, and the files of the console."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware

from patrol import __version__
from patrol.clips.viewing import Playable
from patrol.dispatch.plan import Plans
from patrol.web import (
    accuracy,
    answers,
    callbacks,
    chat_checks,
    clips,
    console,
    deliveries,
    drills,
    embedder,
    episodes,
    forwards,
    groups,
    hits,
    levels,
    limits,
    live,
    login,
    masks,
    metrics,
    page,
    page_forwards,
    page_phones,
    pauses,
    people,
    phones,
    picture_links,
    problems,
    rates,
    replies,
    requests,
    routes,
    self_tests,
    site_policies,
    sites,
    stream_reports,
    streams,
    system,
    users,
    volunteers,
    wall,
    watched,
    watchlists,
)
from patrol.web.doors import Door
from patrol.web.feed import Feed
from patrol.web.headers import SecurityHeaders
from patrol.web.parts import Parts
from patrol.web.places import desk_of
from patrol.web.readers import MOST_OPEN_PAGES, Seats

ROUTERS = (
    login,
    users,
    hits,
    clips,
    routes,
    episodes,
    forwards,
    replies,
    pauses,
    live,
    watchlists,
    people,
    accuracy,
    embedder,
    volunteers,
    groups,
    levels,
    phones,
    deliveries,
    sites,
    site_policies,
    streams,
    watched,
    stream_reports,
    wall,
    masks,
    rates,
    system,
    metrics,
    chat_checks,
    drills,
    self_tests,
    page_phones,
    page,
    answers,
    page_forwards,
    picture_links,
    callbacks,
)


def build_app(parts: Parts) -> FastAPI:
    app = FastAPI(
        title="patrol",
        version=__version__,
        docs_url=None,  # its page needs scripts from elsewhere; the description itself is behind the login
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=_run_feed,
        middleware=[  # outermost first
            Middleware(requests.LastHandler),
            Middleware(SecurityHeaders, is_https=parts.settings.public_url.startswith("https:")),
            Middleware(console.CompressedFiles),
            Middleware(Door, parts=parts),
            Middleware(limits.BodyLimit),
        ],
        responses={"default": {"model": problems.ProblemBody, "description": "What went wrong"}},
        generate_unique_id_function=_operation_id,
    )
    app.state.parts = parts
    app.state.feed = Feed(parts.database)
    app.state.playable = Playable(parts.blobs)
    app.state.plans = Plans(desk_of(parts))
    app.state.seats = Seats(MOST_OPEN_PAGES)
    app.state.wall = wall.Wall()
    problems.add_to(app)
    for subject in ROUTERS:
        app.include_router(subject.router)
    console.add_to(app)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


@asynccontextmanager
async def _run_feed(app: FastAPI) -> AsyncIterator[None]:
    feed: Feed = app.state.feed
    running = asyncio.create_task(feed.run())
    yield
    feed.close()
    running.cancel()
    playable: Playable = app.state.playable
    playable.close()
    with suppress(asyncio.CancelledError):
        await running
