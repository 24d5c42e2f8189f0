"""The desk for Flask: `app.register_blueprint(blueprint(desk))`."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from headwater.client.checkout.desk import Desk
from headwater.client.checkout.fields import BODY_MAX
from headwater.client.middleware.flask import KEY, body_of, request_of

PATH = "/customers/cloud-subscription-checkout"


def blueprint(desk: Desk, path: str = PATH) -> Blueprint:
    """Two routes: the place, and a tier behind it."""
    made = Blueprint("headwater_checkout", __name__)

    def answered(tier: str | None = None) -> tuple[Response, int]:
        environ: dict[str, Any] = request.environ
        body = body_of(environ, BODY_MAX)
        answer = desk.answer(request_of(environ), tier, body, environ.get(KEY))
        return jsonify(answer.body), answer.status

    made.add_url_rule(path, "open", answered, methods=["POST"])
    made.add_url_rule(f"{path}/<tier>", "open_tier", answered, methods=["POST"])
    return made
