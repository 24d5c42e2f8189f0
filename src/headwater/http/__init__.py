"""The HTTP rim: the edge for short links, and the API."""
