"""Reusable parts of a screen. They know Textual and Rich only: no AWS, no Kubernetes, no store, no settings.

Each module that draws something can be tried alone, e.g. ``python -m widgets.table``.
"""
