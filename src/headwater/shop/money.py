"""What a tier costs, in cents of a dollar."""

CURRENCY = "usd"
PRICES = {"standard": 900, "pro": 1900}
MONTHS = {"monthly": 1, "yearly": 10}  # two are a present


def price(tier: str | None, cycle: str) -> int:
    return PRICES[tier or "standard"] * MONTHS[cycle]


def shown(amount: int) -> str:
    return f"${amount // 100}.{amount % 100:02d}"
