"""Elements that NiceGUI has not, each with its Vue component beside it."""
