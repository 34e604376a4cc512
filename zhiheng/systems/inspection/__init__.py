"""Spot checks: plan, draw, sample, test, and what follows."""
