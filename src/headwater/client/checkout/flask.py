"""The desk for Flask: `app.register_blueprint(blueprint(desk))`."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from headwater.client.checkout.desk import Desk
from headwater.client.checkout.fields import BODY_MAX
from headwater.client.middleware.flask import KEY, request_of

PATH = "/customers/cloud-subscription-checkout"


def blueprint(desk: Desk, path: str = PATH) -> Blueprint:
    """Two routes: the place, and a tier behind it."""
    made = Blueprint("headwater_checkout", __name__)

    def answered(tier: str | None = None) -> tuple[Response, int]:
        environ: dict[str, Any] = request.environ
        answer = desk.answer(request_of(environ), tier, _body(), environ.get(KEY))
        return jsonify(answer.body), answer.status

    made.add_url_rule(path, "open", answered, methods=["POST"])
    made.add_url_rule(f"{path}/<tier>", "open_tier", answered, methods=["POST"])
    return made


def _body() -> bytes:
    """What is too much is as nothing: it must not cost the purchase, nor memory."""
    if (request.content_length or 0) > BODY_MAX:
        return b""
    try:
        in_pieces = request.content_length is None
        body = request.stream.read(BODY_MAX + 1) if in_pieces else request.get_data()
    except (HTTPException, OSError):
        return b""
    return body if len(body) <= BODY_MAX else b""
