"""Offline work above the pipeline: models are estimated here and used elsewhere."""
