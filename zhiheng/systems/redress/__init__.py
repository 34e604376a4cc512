"""Redress: who is asked first pays first, recourse, liability insurance, refund and repair; the calculator."""
