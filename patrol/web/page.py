"""The groups' page: a guard's phone opens the group's link, sees what was sent, and answers."""

from fastapi import APIRouter

router = APIRouter(prefix="/g", include_in_schema=False)
