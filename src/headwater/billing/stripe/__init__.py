"""Stripe's events in our words; pure."""
