"""One file per resource: parse, call one verb, render."""
