"""The CRNN line recognizer: recipe, network, training loop, export."""

from docextract.training.crnn.export import export, load_weights
from docextract.training.crnn.loop import Progress, Trained, train_network
from docextract.training.crnn.recipe import Recipe, load_recipe

__all__ = [
    "Progress",
    "Recipe",
    "Trained",
    "export",
    "load_recipe",
    "load_weights",
    "train_network",
]
