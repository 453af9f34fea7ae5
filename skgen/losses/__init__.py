"""Losses: pure functions that need nothing but torch."""
