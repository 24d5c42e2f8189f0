"""The desk for Django: `urlpatterns += urls(desk)`."""

from typing import Any

from django.http import JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from headwater.client.checkout.desk import Desk
from headwater.client.middleware.django import body_of, request_of

PLACE = "customers/cloud-subscription-checkout"


def urls(desk: Desk, place: str = PLACE) -> list[Any]:
    """Two routes. Who asks is known by a token, not by a cookie, so they need no other proof."""

    def answered(request: Any, tier: str | None = None) -> Any:
        seen = getattr(request, "headwater", None)
        answer = desk.answer(request_of(request), tier, body_of(request), seen)
        return JsonResponse(dict(answer.body), status=answer.status)

    view = csrf_exempt(require_POST(answered))
    return [path(place, view), path(f"{place}/<str:tier>", view)]
