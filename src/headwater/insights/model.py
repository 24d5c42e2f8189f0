from headwater.kit.value import Value


class Counted(Value, frozen=True, kw_only=True):
    """Facts that are alike in all that was asked for; what was not asked for is None. `step` is
    when the step began in which they happened.
    """

    link_number: int
    user_agent: str | None
    referrer: str | None
    url: str | None
    name: str | None
    customer_id: str | None
    step: int
    count: int
    amount: int
