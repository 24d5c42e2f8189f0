"""Mechanisms without domain words: time, chance, ids, money, problems."""
