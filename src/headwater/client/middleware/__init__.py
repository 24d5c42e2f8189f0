"""Between the site and its frameworks: `front` and `proxy` work, the others translate."""
