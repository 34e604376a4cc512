"""Acceptance sampling by attributes: plans of any number of stages, their exact behaviour, published tables.

- ``plans``: single, double, multiple; operating characteristic, ASN, AOQ, ATI
- ``sequential``: Wald's plans
- ``search``: a plan for two points
- ``lots``: GB/T 2828.1 (ISO 2859-1) with switching
- ``audits``: GB/T 2828.4 and GB/T 2828.11
- ``variables``: one-sided plans by variables
"""
