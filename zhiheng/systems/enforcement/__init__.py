"""Enforcement (行政处罚): evidence, measures, the checks before a penalty, performance, joint action, publication."""
