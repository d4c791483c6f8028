"""The CRNN line recognizer: recipe, network, training loop, export."""

from docextract.training.crnn.export import export, load_weights
from docextract.training.crnn.finetune import FineTuned, fine_tune
from docextract.training.crnn.loop import Progress, Trained, train_network
from docextract.training.crnn.recipe import Recipe, load_recipe

__all__ = [
    "FineTuned",
    "Progress",
    "Recipe",
    "Trained",
    "export",
    "fine_tune",
    "load_recipe",
    "load_weights",
    "train_network",
]
