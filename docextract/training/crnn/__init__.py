"""The CRNN line recognizer: recipe, network, training loop, export."""
