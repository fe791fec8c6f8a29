"""The routes of this face."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from web.public.appeals import AppealPages
from web.public.asking import AskingPages
from web.public.compare import ComparePages
from web.public.engines import ROUTES as FOR_ENGINES
from web.public.feeds import read_feed
from web.public.guide import GuidePages
from web.public.home import HomePages
from web.public.listing import ListingPages
from web.public.pictures import ClinicPictures
from web.public.results import ResultsPage
from web.public.search import SearchPages
from web.public.theme import choose_theme

ROUTES: list[ControllerRouterHandler] = [
    choose_theme,
    *FOR_ENGINES,
    read_feed,
    HomePages,
    GuidePages,
    SearchPages,
    ComparePages,
    ListingPages,
    ClinicPictures,
    ResultsPage,
    AskingPages,
    AppealPages,
]
