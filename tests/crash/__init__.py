"""Proofs of durability: processes killed at random moments, disks that forget, fill up and fail."""
