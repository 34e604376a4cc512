"""Zhiheng 质衡: the open quality-governance platform for a province."""

__version__ = "0.1.0"
